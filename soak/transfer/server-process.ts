/** Serves, and tells its parent what that costs. */
import type { LoadableProvider } from 'bowline';
import { byHand } from './by-hand.js';
import { serveApplication } from './serve-application.js';
import { serveByHand } from './serve-by-hand.js';

/** What the parent asks. `start` or `startCollecting` and `stop` surround a transfer. */
export type Question = 'idle' | 'start' | 'startCollecting' | 'stop';

/** Resident memory in bytes: at the moment, and the most that was seen since `start`. Processor time since `start` in milliseconds. */
export interface Cost {
  readonly memory: number;
  readonly peak: number;
  readonly cpu: number;
}

/** How often it is looked at the memory. Milliseconds. */
const looks = 10;

/** How often garbage is collected where only what is held shall count. Milliseconds. */
const collections = 25;

let peak = 0;
let before = process.cpuUsage();
let timer: NodeJS.Timeout | undefined;

function look(): void {
  peak = Math.max(peak, process.memoryUsage.rss());
}

function collect(): void {
  globalThis.gc?.();
  look();
}

function answer(question: Question): Cost {
  if (question === 'idle') globalThis.gc?.();
  if (question === 'start' || question === 'startCollecting') {
    peak = 0;
    before = process.cpuUsage();
    timer = question === 'start' ? setInterval(look, looks) : setInterval(collect, collections);
  }
  if (question === 'stop') clearInterval(timer);
  const { user, system } = process.cpuUsage(before);
  return { memory: process.memoryUsage.rss(), peak, cpu: (user + system) / 1_000 };
}

const name = process.argv[2] ?? byHand;
const port = await (name === byHand ? serveByHand() : serveApplication(name as LoadableProvider));
process.on('message', (question: Question) => process.send?.(answer(question)));
process.send?.({ port });
// The parent's end, however it comes.
process.on('disconnect', () => process.exit());
