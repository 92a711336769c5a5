import type { HealthGroup } from '../../foundation/index.js';
import type { GracefulManager, HealthCheckReport, HealthChecks, HealthStatus } from '../../lifecycle/index.js';

/** What a probe is told. */
export interface ProbeAnswer {
  readonly isWell: boolean;
  /** A word or two: `ok`, the phase, or the checks that are down. */
  readonly text: string;
}

/** All that is known, for people and dashboards. */
export interface HealthReport extends Omit<HealthStatus, 'remaining'> {
  /** Until the process is to have ended; null while nothing stops. */
  readonly secondsLeft: number | null;
  readonly checks: readonly HealthCheckReport[];
}

const well: ProbeAnswer = { isWell: true, text: 'ok' };

/** What the probes of one application say, in each of its phases. */
export class Probes {
  readonly #manager: GracefulManager;
  readonly #checks: HealthChecks;
  #wasReady = false;
  #hasStarted = false;

  constructor(manager: GracefulManager, checks: HealthChecks) {
    this.#manager = manager;
    this.#checks = checks;
    manager.lifecycle.on('phase:entered', ({ server, phase }) => {
      if (server !== undefined) return;
      if (phase === 'ready') this.#wasReady = true;
      // A check that came later would use, or open again, what is being closed.
      if (phase === 'stopping') checks.close();
    });
  }

  /** Whether a restart would not help: that somebody answers says it, and the checks of liveness while everything runs. */
  async livez(): Promise<ProbeAnswer> {
    const answer = this.#isReady() ? await this.#judge('live') : well;
    // To restart what is stopping helps nobody.
    return this.#isReady() ? answer : well;
  }

  /** Whether new clients should come: no from the first moment of a lame duck, also for who asked before it. */
  async readyz(): Promise<ProbeAnswer> {
    const answer = this.#isReady() ? await this.#judge('ready') : well;
    return this.#isReady() ? answer : this.#phase();
  }

  /** Whether the start is over, which it stays. */
  async startupz(): Promise<ProbeAnswer> {
    if (this.#hasStarted) return well;
    if (!this.#wasReady) return this.#phase();
    const answer = await this.#judge('startup');
    this.#hasStarted ||= answer.isWell;
    return answer;
  }

  async health(): Promise<HealthReport> {
    const checks = await this.#checks.run();
    const { remaining, ready, ...status } = this.#manager.getHealthStatus();
    return {
      ...status,
      ready: ready && downOf(checks, 'ready').length === 0,
      secondsLeft: remaining === undefined ? null : Math.round(remaining / 100) / 10,
      checks,
    };
  }

  /** Asked anew each time: the phase may have changed while a check ran. */
  #isReady(): boolean {
    return this.#manager.phase === 'ready';
  }

  #phase(): ProbeAnswer {
    return { isWell: false, text: this.#manager.phase };
  }

  async #judge(group: HealthGroup): Promise<ProbeAnswer> {
    const down = downOf(await this.#checks.run(group), group);
    return down.length === 0 ? well : { isWell: false, text: `down: ${down.join(', ')}` };
  }
}

function downOf(checks: readonly HealthCheckReport[], group: HealthGroup): readonly string[] {
  return checks.filter(({ groups, state }) => state === 'down' && groups.includes(group)).map(({ name }) => name);
}
