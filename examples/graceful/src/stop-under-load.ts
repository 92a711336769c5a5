import { setTimeout as sleep } from 'node:timers/promises';
import { expectNoDroppedRequests, type LoadReport, type RequestsToSend } from 'bowline/testing';
import { startService, type RunningService } from './running-service.js';

/** How long there is load before the stop. Milliseconds. */
const loadTime = 1_500;

const body = { cents: 100 };

/** What clients send to each server, over connections that are kept alive. */
const requests = {
  main: { get: '/orders/1', post: { path: '/orders', body } },
  partners: { post: { path: '/orders', body } },
  admin: { get: '/figures' },
} satisfies Readonly<Record<string, RequestsToSend>>;

type Loaded = keyof typeof requests;

const service = await startService();
const { main, management } = service.urls;
console.log(`The service listens on ${Object.values(service.urls).join(', ')}`);
const first = await fetch(`${main}/orders`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
if (first.status !== 201) throw new Error(`The first order was answered with ${first.status}.`);

console.log(`Load on three servers for ${loadTime} ms, then SIGTERM ...\n`);
const stop = stopTogether(service, Object.keys(requests).length);
const [readiness, report, ...loads] = await Promise.all([
  watchReadiness(management),
  askForReport(main),
  ...(Object.keys(requests) as Loaded[]).map(async (name) => ({ name, load: await loadOf(name) })),
]);

console.log(`readiness: ${readiness.join(', then ')}`);
console.log(`a report of 2 s that was asked for before the signal: ${report}`);
for (const { name, load } of loads) {
  const { answered, lost } = load.total;
  console.log(
    `clients of ${name}: ${answered} requests answered, ${load.sentAfterStop} of them sent after the signal; ${lost} lost`,
  );
}
console.log(`\nWhat the service says:\n\n${reportIn(service.output())}`);
process.exitCode = await service.stop();

/** Rejects with what was lost. */
function loadOf(name: Loaded): Promise<LoadReport> {
  return expectNoDroppedRequests({
    start: () => ({ url: service.urls[name], stop }),
    requests: requests[name],
    stopAfter: loadTime,
    // Behind a balancer that has seen readiness go off: connections that exist are served, new ones go elsewhere.
    avoidStopping: true,
  });
}

/** One signal for all, once each load is ready for it. */
function stopTogether({ stop: end }: RunningService, loadCount: number): () => Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  let ready = 0;
  return () => {
    if (++ready === loadCount) resolve(end());
    return promise;
  };
}

/** What a probe sees, until nobody answers it. */
async function watchReadiness(url: string): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer === undefined) return [...seen, 'nobody answers'];
    const words = `${answer.status} ${await answer.text()}`;
    if (words !== seen.at(-1)) seen.push(words);
    await sleep(20);
  }
}

/** Is in flight when the signal comes. */
async function askForReport(url: string): Promise<string> {
  await sleep(loadTime - 500);
  const answer = await fetch(`${url}/reports/total`);
  return `${answer.status} ${await answer.text()}`;
}

/** Its last lines, between those of the log. */
function reportIn(output: string): string {
  const lines = output.split('\n');
  const from = lines.findIndex((line) => line.startsWith('Stopped by'));
  return lines
    .slice(from)
    .filter((line) => !line.startsWith('{'))
    .join('\n')
    .trimEnd();
}
