import { readAnswers, type WireAnswer } from './read-answers.js';
import { WireConnection } from './wire-connection.js';
import { HangError, type WireTarget } from './wire-target.js';

/** What a client sends, in Latin-1: each step once the server is done with the one before. */
export interface WireRequest {
  readonly steps: readonly string[];
  /** Whether the end is sent with the last step, and not when the server is done with it. */
  readonly endsAtOnce?: boolean;
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
    const atOnce = request.endsAtOnce === true ? steps.pop() : undefined;
    for (const step of steps) if (!connection.closed) await connection.send(step);
    if (atOnce !== undefined) await connection.end(atOnce);
    const answers = readAnswers(connection.take());
    const open = !connection.closed;
    if (open) await connection.end();
    return { answers, open, afterEnd: readAnswers(connection.take()) };
  } catch (error) {
    return { answers: [], open: false, afterEnd: [], failure: describe(error) };
  }
}

/** What went wrong, without the name of the server: outcomes are compared. */
export function describe(error: unknown): string {
  if (error instanceof HangError) return 'did not answer or close in time';
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}
