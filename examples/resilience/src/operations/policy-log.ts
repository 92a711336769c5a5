import { Injectable, PolicyRegistry } from 'bowline';

/** Something that policies have told, as a line for people. */
export interface LogLine {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly kind: 'stateChange' | 'retry' | 'timeout' | 'refused' | 'change';
  readonly text: string;
  /** How often within a second. */
  readonly times: number;
}

const maxLines = 40;

/** The latest events of all pipelines. The same once more within a second is counted, so that a storm is a line and no flood. */
@Injectable()
export class PolicyLog {
  #lines: LogLine[] = [];
  #lastId = 0;

  constructor(policies: PolicyRegistry) {
    policies.on('stateChange', ({ policy, from, to }) =>
      this.add('stateChange', `${policy} went from ${from} to ${to}`),
    );
    policies.on('retry', ({ policy, attempt, reason, observed }) =>
      this.add('retry', `${policy} tries again after attempt ${attempt}: ${firstSentence(reason)}${noted(observed)}`),
    );
    policies.on('timeout', ({ policy, timeout, observed }) =>
      this.add('timeout', `${policy} gave up after ${timeout} ms${noted(observed)}`),
    );
    policies.on('refused', ({ policy, code, observed }) => this.add('refused', `${policy}: ${code}${noted(observed)}`));
  }

  /** The newest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  add(kind: LogLine['kind'], text: string): void {
    const now = Date.now();
    const index = this.#lines.findIndex((line) => line.text === text && now - line.time < 1_000);
    const same = this.#lines[index];
    if (same === undefined) {
      this.#lines = [{ id: ++this.#lastId, time: now, kind, text, times: 1 }, ...this.#lines].slice(0, maxLines);
    } else {
      this.#lines = this.#lines.with(index, { ...same, times: same.times + 1 });
    }
  }
}

function noted(observed: boolean): string {
  return observed ? ' (only noted)' : '';
}

/** What is wrong; how to mend it comes behind. */
function firstSentence(text: string): string {
  return text.split('. ')[0] ?? text;
}
