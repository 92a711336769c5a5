import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often a process is looked at before its figure is taken although it does not rest. */
const maxLooks = 20;

/**
 * CPU time of all threads of a process, once it rests: the kernel adds up a running thread only now and then, and what
 * is left to do after the last answer belongs to the requests. User and kernel together, in microseconds.
 */
export async function restingCpuTimeOf(pid: number): Promise<number> {
  let time = cpuTimeOf(pid);
  for (let look = 0; look < maxLooks; look++) {
    await sleep(1);
    const now = cpuTimeOf(pid);
    if (now === time) break;
    time = now;
  }
  return time;
}

function cpuTimeOf(pid: number): number {
  const threads = `/proc/${pid}/task`;
  if (!existsSync(threads)) throw new Error('A process has ended while it was measured.');
  let nanoseconds = 0;
  for (const thread of readdirSync(threads)) {
    nanoseconds += Number(readFileSync(`${threads}/${thread}/schedstat`, 'latin1').split(' ', 1)[0]);
  }
  return nanoseconds / 1_000;
}
