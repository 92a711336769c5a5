/** Serves one application after the other, and counts for its parent what it answered. */
import type { Application, LoadableProvider } from 'bowline';
import { serveApplication } from './serve-application.js';

export type Order = 'start' | 'stop';

/** What an application says of its own life. */
export interface Account {
  /** Requests that were answered whole. */
  readonly finished: number;
  /** Of the stop alone. */
  readonly cut: number;
  readonly failures: readonly string[];
  /** Milliseconds. */
  readonly duration: number;
}

const provider = (process.argv[2] ?? 'node') as LoadableProvider;
let app: Application | undefined;
let finished = 0;

async function obey(order: Order): Promise<{ url: string } | Account> {
  if (order === 'start') {
    finished = 0;
    app = await serveApplication(provider);
    app.lifecycle.on('request:finished', (event) => {
      if (event.finished) finished++;
    });
    return { url: app.url };
  }
  if (app === undefined) throw new Error('Nothing was started.');
  const { requests, failures, duration } = await app.gracefulStop();
  return { finished, cut: requests.cut, failures: failures.map(({ name }) => name), duration };
}

process.on('message', (order: Order) => {
  void obey(order).then((answer) => process.send?.(answer));
});
// The parent's end, however it comes.
process.on('disconnect', () => process.exit());
