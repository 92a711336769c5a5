import { readAnswers, type WireAnswer } from './read-answers.js';
import { WireConnection } from './wire-connection.js';
import { HangError, type WireTarget } from './wire-target.js';

/** What a client sends, in Latin-1: each step once the server is done with the one before. */
export interface WireRequest {
  readonly steps: readonly string[];
  /** How the client leaves: with the last step, or by breaking off behind it, and not when the server is done with it. */
  readonly leaving?: 'at once' | 'by reset';
}

/** What a client sees of one request. */
export interface Outcome {
  readonly answers: readonly WireAnswer[];
  /** Whether the server has left the connection open. */
  readonly open: boolean;
  /** What came when the client then ended its side. */
  readonly afterEnd: readonly WireAnswer[];
  /** Set where the server failed the client in another way. */
  readonly failure?: string;
}

/** Sends a request on a connection of its own, and its end when nothing more comes. Never rejects. */
export async function exchange(target: WireTarget, request: WireRequest): Promise<Outcome> {
  try {
    const connection = await WireConnection.open(target);
    const steps = request.steps.map((step) => Buffer.from(step, 'latin1'));
    const last = request.leaving === undefined ? undefined : steps.pop();
    for (const step of steps) if (!connection.closed) await connection.send(step);
    if (last !== undefined && request.leaving === 'by reset') return await breakOff(connection, last);
    if (last !== undefined) await connection.end(last);
    const answers = readAnswers(connection.take());
    const open = !connection.closed;
    if (open) await connection.end();
    return { answers, open, afterEnd: readAnswers(connection.take()) };
  } catch (error) {
    return { answers: [], open: false, afterEnd: [], failure: describe(error) };
  }
}

/** What had arrived by then is a matter of chance; that the server stands it shows in what it answers next. */
async function breakOff(connection: WireConnection, last: Buffer): Promise<Outcome> {
  await connection.reset(last);
  return { answers: [], open: false, afterEnd: [] };
}

/** What went wrong, without the name of the server: outcomes are compared. */
export function describe(error: unknown): string {
  if (error instanceof HangError) return 'did not answer or close in time';
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}
