import { BowlineError } from '../../../foundation/index.js';
import { lossKinds, type LoadKind, type LoadReport, type LostRequest } from './ledger.js';

/** So many lost requests are described in the message; `report` has all of them. */
const described = 5;

const words: Readonly<Record<LoadKind, string>> = {
  backToBack: 'back to back',
  upload: 'slow upload',
  stream: 'streamed answer',
  pipelined: 'pipelined',
  halfSent: 'head sent in two parts',
};

/** Requests were lost, or a stop did not end: the message says which and how, `report` has everything that was seen. */
export class RequestsDroppedError extends BowlineError<'BOW_REQUESTS_DROPPED'> {
  override readonly name = 'RequestsDroppedError';
  readonly #report: LoadReport;

  constructor(report: LoadReport, options?: ErrorOptions) {
    const facts = {
      sent: report.total.sent,
      lost: report.total.lost,
      kinds: lossKinds.map((kind) => `${report.lostByKind[kind]} ${kind}`),
      requests: report.lost.slice(0, described).map(describe),
      stops: report.stops.flatMap(({ instance, failure }) => (failure === undefined ? [] : [`${instance} ${failure}`])),
      seed: report.seed,
    };
    super('BOW_REQUESTS_DROPPED', facts, options);
    this.#report = report;
  }

  /** All that the clients saw. */
  get report(): LoadReport {
    return this.#report;
  }
}

function describe(lost: LostRequest): string {
  const connection = lost.before === 0 ? 'a new connection' : `a connection that had carried ${lost.before} before`;
  const seen = lost.seen === '' ? '' : `: "${escaped(lost.seen)}"`;
  return [
    `${lost.kind}: ${lost.method} ${lost.path} (${words[lost.load]}) on ${connection}${whereOf(lost)}`,
    `sent ${timeOf(lost.sentAt)}, lost ${timeOf(lost.lostAt)}: ${lost.reason}`,
    `${lost.bytesSent} bytes sent, ${lost.bytesReceived} bytes of the answer came${seen}`,
  ].join('; ');
}

function whereOf({ instance }: LostRequest): string {
  return instance === undefined ? '' : ` to ${instance}`;
}

function timeOf(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return 'while nothing was stopped';
  return milliseconds < 0 ? `${-milliseconds} ms before the stop began` : `${milliseconds} ms into the stop`;
}

/** One line, whatever bytes it holds. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll(/[^ -~]/g, (character) => String.raw`\x` + character.charCodeAt(0).toString(16).padStart(2, '0'));
}
