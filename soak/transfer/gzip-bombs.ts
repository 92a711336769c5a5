import { gzipSync } from 'node:zlib';
import { median } from './median.js';
import { bodyLimit } from './serve-application.js';
import { form, inNewServers, plain, type TransferServer } from './transfer-server.js';

/** How often one body is sent while the server looks at its cost. */
const times = 20;

/** How much more than a body at the limit a bomb may cost: times its processor time, and bytes. */
const goal = { cpu: 2, memory: 10_000_000 };

interface BombBody {
  readonly inflated: string;
  readonly status: number;
  /** Encoded. */
  readonly body: Buffer<ArrayBuffer>;
}

interface Result extends BombBody {
  /** Of one exchange. Milliseconds. */
  readonly cpu: readonly number[];
  /** Memory above idle without garbage. */
  readonly held: number;
  readonly most: number;
}

/**
 * Sends gzip bombs to routes that take 1 MiB, in turns with a body that comes out at that. False where a bomb costs more
 * memory than is wanted; a processor time that is too long is printed only.
 */
export async function soakBombs(providers: readonly string[], rounds: number): Promise<boolean> {
  console.log(`\n${'gzip bomb'.padEnd(25)}inflates to   answer   CPU ms   MB held   MB at most`);
  let isGood = true;
  for (const path of ['/bytes', '/small-form']) {
    const bodies = bodiesFor(path);
    for (const name of providers) {
      // Each on a server of its own, since memory that garbage has taken is not given back at once.
      const results = await inNewServers(
        bodies.map(() => name),
        (servers) => measure(servers, path, bodies, rounds),
      );
      if (!print(`${name.padEnd(10)}${path}`, results)) isGood = false;
    }
  }
  return isGood;
}

async function measure(
  servers: readonly TransferServer[],
  path: string,
  bodies: readonly BombBody[],
  rounds: number,
): Promise<readonly Result[]> {
  const results = servers.map((server, index) => ({
    ...(bodies[index] as BombBody),
    server,
    cpu: [] as number[],
    held: 0,
    most: 0,
  }));
  for (const result of results) result.held = (await result.server.send(path, result, times, true)).growth;
  for (let round = 0; round < rounds; round++) {
    for (const result of round % 2 === 0 ? results : results.toReversed()) {
      const { cpu, growth } = await result.server.send(path, result, times);
      result.cpu.push(cpu / times);
      result.most = Math.max(result.most, growth);
    }
  }
  return results;
}

function print(title: string, results: readonly Result[]): boolean {
  const [rival] = results;
  let isGood = true;
  for (const { inflated, status, cpu, held, most } of results) {
    const time = median(cpu);
    const isLarge = held > (rival?.held ?? 0) + goal.memory;
    if (isLarge) isGood = false;
    const cells = [
      `  ${title.padEnd(23)}`,
      inflated.padStart(11),
      String(status).padStart(9),
      time.toFixed(1).padStart(9),
      (held / 1_000_000).toFixed(1).padStart(10),
      (most / 1_000_000).toFixed(1).padStart(13),
      time > goal.cpu * median(rival?.cpu ?? []) ? '   takes longer than wanted' : '',
      isLarge ? '   holds more than wanted' : '',
    ];
    console.log(cells.join(''));
  }
  return isGood;
}

/** The first is what is read whole, and is the measure for the others. */
function bodiesFor(path: string): readonly BombBody[] {
  const { head, tail } = path === '/bytes' ? plain : form;
  const whole = (bytes: number): Buffer<ArrayBuffer> =>
    gzipSync(Buffer.concat([Buffer.from(head), Buffer.alloc(bytes), Buffer.from(tail)]));
  // Members of one stream (RFC 1952 2.2), since to deflate a GiB takes long. Encoded it is within the limit, if barely.
  const member = gzipSync(Buffer.alloc(16 * 1_048_576));
  const gibibyte = [gzipSync(head), ...Array.from({ length: 64 }, () => member)];
  return [
    { inflated: '1 MiB', status: 201, body: whole(bodyLimit) },
    { inflated: '50 MB', status: 413, body: whole(50_000_000) },
    { inflated: '1 GiB', status: 413, body: Buffer.concat(gibibyte) },
  ];
}
