import { pipeline, retry, SeededRandom, type ResiliencePipeline, type RetryOptions } from 'bowline/resilience';
import { VirtualClock } from 'bowline/testing';
import { expect, it } from 'vitest';
import { see } from './fixture.js';

const tiers = 3;
const callsPerSecond = 200;
const seconds = 60;

/** How many calls reach each tier, the last of which always fails. */
async function storm(options: RetryOptions): Promise<number[]> {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const reached = Array.from({ length: tiers }, () => 0);
  const clients: ResiliencePipeline[] = reached.map(() => pipeline({ clock, random }, retry(options)));
  const call = (tier: number): unknown => {
    const client = clients[tier];
    if (client === undefined) return Promise.reject(new Error('down'));
    return client.execute(() => {
      reached[tier] = (reached[tier] ?? 0) + 1;
      return call(tier + 1);
    });
  };
  for (let each = 0; each < callsPerSecond * seconds; each++) {
    see(call(0), clock);
    await clock.advance(1_000 / callsPerSecond);
  }
  await clock.advance(100_000);
  return reached;
}

it('an outage behind three tiers of retries is amplified by the budget of each, and not by their product', async () => {
  const calls = callsPerSecond * seconds;
  const reached = await storm({ backoff: 100 });
  const amplification = reached.map((count, tier) => count / (reached[tier - 1] ?? calls));
  for (const each of amplification) expect(each).toBeLessThanOrEqual(1.2);
  const naive = await storm({ backoff: 100, budget: false });
  const [whole, wholeNaive] = [reached, naive].map((each) => (each[tiers - 1] ?? 0) / calls);
  console.log(
    `Retry storm over three tiers: ${whole?.toFixed(2)} times the calls with budgets, ${wholeNaive} without.`,
  );
  expect(wholeNaive).toBe(27);
  expect(whole).toBeLessThanOrEqual(1.2 ** tiers);
});
