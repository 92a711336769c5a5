import { HostedService, type Activity } from './hosted-service.js';

/** What consumers of queues, schedulers and their like have in common, whatever their library calls it. */
export interface Consumer {
  /** Begins to take messages. */
  start(): unknown;
  /** Takes no further message; those that are being worked on go on. */
  pause(): unknown;
  /** Resolves when none is being worked on any longer. */
  whenIdle(): Promise<unknown>;
  /** Leaves the broker. */
  stop?(): unknown;
  /** How many messages are being worked on. */
  running?(): number;
}

/**
 * Makes a hosted service of a consumer: it takes no further message once the application drains, is waited for as long as
 * requests are, and stopped then.
 *
 * ```ts
 * app.manager.add('orders', hostConsumer({
 *   start: () => worker.run(),
 *   pause: () => worker.pause(true),
 *   whenIdle: () => worker.whenCurrentJobsFinished(),
 *   stop: () => worker.close(),
 * }));
 * ```
 */
export function hostConsumer(
  consumer: Consumer,
  options: Pick<HostedService, 'name' | 'dependsOn'> = {},
): HostedService {
  return {
    ...options,
    start: async () => void (await consumer.start()),
    drain: async () => {
      await consumer.pause();
      await consumer.whenIdle();
    },
    stop: async () => void (await consumer.stop?.()),
    activity: (): Activity => ({ active: consumer.running?.() ?? 0 }),
  };
}
