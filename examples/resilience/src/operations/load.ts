import { setInterval } from 'node:timers/promises';
import { Inject, Injectable, PreShutdown, token } from 'bowline';

/** How long load lasts unless somebody ends it before. Milliseconds. */
export const loadDuration = token<number>('loadDuration');
export const maxPerSecond = 50;
/** Beyond so many that wait for an answer no other is sent. */
const maxWaiting = 200;

export interface LoadFigures {
  /** Orders per second; 0 while there is no load. */
  readonly perSecond: number;
  /** Until it ends by itself. */
  readonly secondsLeft: number;
  /** How often which status was the answer since it began, and how often there was none. */
  readonly answers: Readonly<Record<string, number>>;
}

interface Run {
  readonly perSecond: number;
  readonly endsAt: number;
  readonly stop: AbortController;
}

/** Places orders as clients do, over sockets: so many in a second, and not for long. */
@Injectable()
export class Load {
  /** Where the orders go; known once the application listens. */
  url = '';
  #run: Run | undefined;
  #waiting = 0;
  readonly #answers = new Map<string, number>();

  constructor(@Inject(loadDuration) private readonly duration: number) {}

  get figures(): LoadFigures {
    const { perSecond = 0, endsAt = 0 } = this.#run ?? {};
    const secondsLeft = Math.max(0, Math.ceil((endsAt - Date.now()) / 1_000));
    return { perSecond, secondsLeft, answers: Object.fromEntries(this.#answers) };
  }

  /** Takes the place of what was put on before. */
  begin(perSecond: number): void {
    this.end();
    this.#answers.clear();
    const run = { perSecond, endsAt: Date.now() + this.duration, stop: new AbortController() };
    this.#run = run;
    void this.#send(run);
  }

  /** Sends nothing more; what is under way is answered. */
  @PreShutdown()
  end(): void {
    this.#run?.stop.abort();
    this.#run = undefined;
  }

  async #send({ perSecond, endsAt, stop: { signal } }: Run): Promise<void> {
    try {
      for await (const _ of setInterval(1_000 / perSecond, undefined, { signal })) {
        if (Date.now() >= endsAt) return this.end();
        if (this.#waiting < maxWaiting) void this.#order();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #order(): Promise<void> {
    this.#waiting++;
    const answer = await place(this.url).catch(() => 'none');
    this.#waiting--;
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
  }
}

/** Resolves with the status. */
async function place(url: string): Promise<string> {
  const answer = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ item: 'rope', cents: 1_950 }),
  });
  // Else its connection could not be used again.
  await answer.text();
  return String(answer.status);
}
