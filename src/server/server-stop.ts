import type { RequestListener, Server } from 'node:http';
import {
  durationOption,
  logSafely,
  longestDelay,
  MovableDeadline,
  passed,
  requireOption,
} from '../foundation/index.js';
import { ServiceUnavailableError, type ResolvedServerOptions } from '../http/index.js';
import {
  isBefore,
  runHooks,
  toHook,
  WatchedRuns,
  type CutRequest,
  type Hook,
  type HookFunction,
  type HookName,
  type HookOptions,
  type HookReport,
  type PhaseTrack,
  type ServerStopReport,
  type StopContext,
  type StopReason,
} from '../lifecycle/index.js';
import type { Connections } from './connections.js';
import { Departure } from './departure.js';
import { abortRest, closePort, cutRest, hurryHeads, tellAll, type LeaveParts } from './leave-taking.js';
import type { HttpServerServices } from './server-services.js';

/** What the stop of a server works on. */
export interface ServerStopParts {
  readonly options: Pick<
    ResolvedServerOptions,
    'name' | 'drainTimeout' | 'drainIdleTimeout' | 'abortGrace' | 'whileDraining'
  >;
  readonly services: Omit<HttpServerServices, 'errorFormat'>;
  readonly server: Server;
  readonly connections: Connections;
  readonly track: PhaseTrack;
}

/** Within so many turns of the loop a handler ends that has waited for nothing but its connection. */
const settlingTurns = 3;

/** The one stop of a server, in steps that are each taken once, whoever asks how often. */
export class ServerStop {
  readonly #parts: ServerStopParts;
  readonly #runs: WatchedRuns;
  readonly #hooks: Hook[] = [];
  readonly #reports: HookReport[] = [];
  #departure: Departure | undefined;
  #lameDuck: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #whole: Promise<ServerStopReport> | undefined;
  /** As somebody has set it for this server; undefined where the stop says it. */
  #timeout: number | undefined;
  #ownDeadline: MovableDeadline | undefined;
  #running = 0;

  constructor(parts: ServerStopParts) {
    this.#parts = parts;
    this.#runs = new WatchedRuns(parts.services.log, parts.services.events);
  }

  get report(): ServerStopReport | undefined {
    return this.#departure?.report(this.#reports, this.#running);
  }

  addHook(hook: HookName, name: string, run: HookFunction, options: HookOptions): void {
    this.#hooks.push(toHook(hook, name, run, options));
  }

  setDrainTimeout(timeout: number): void {
    requireOption(`setDrainTimeout() of the server '${this.#parts.options.name}'`, timeout, durationOption());
    this.#timeout = timeout;
    this.#ownDeadline?.moveTo(timeout);
  }

  lameDuck(context: StopContext): Promise<void> {
    return (this.#lameDuck ??= this.#beLameDuck(context));
  }

  drain(context: StopContext): Promise<void> {
    return (this.#draining ??= this.#drain(context));
  }

  close(context: StopContext): Promise<void> {
    return (this.#closing ??= this.#close(context));
  }

  /** All steps, with the times of this server. */
  whole(lameDuckDelay: number): Promise<ServerStopReport> {
    return (this.#whole ??= this.#takeAll(lameDuckDelay));
  }

  async #beLameDuck({ reason, deadline, signal }: StopContext): Promise<void> {
    this.#parts.track.enter('lame-duck');
    this.#begin(deadline.remaining);
    await Promise.race([passed(deadline.signal), passed(signal)]);
    await this.#runHooks('PreShutdown', reason);
  }

  async #drain(context: StopContext): Promise<void> {
    const { connections, options, server, services, track } = this.#parts;
    track.enter('draining');
    const departure = this.#begin(0);
    const wasListening = server.listening;
    const parts = { server, connections, departure, clock: services.clock };
    // What the stop says, or what is set for this server, also meanwhile: whichever comes first.
    const what = `Draining the server '${options.name}'`;
    const own = new MovableDeadline(services.clock, this.#timeout ?? longestDelay, what);
    this.#ownDeadline = own;
    const gone = this.#leave(parts, () => Math.min(own.remaining, context.deadline.remaining) / 2);
    await Promise.race([gone, passed(own.signal), passed(context.deadline.signal), passed(context.signal)]);
    if (!this.#isGone) {
      abortRest(parts);
      await Promise.race([gone, services.clock.wait(options.abortGrace), passed(context.signal)]);
      if (!this.#isGone) await this.#cut(parts);
      this.#tellCuts(departure.cuts);
    }
    own.end();
    // Nothing is left that it could cut; it ends the timer that looks for slow requests, which would live for ever.
    if (wasListening) server.close();
  }

  /** Resolves when no connection is left, and no handler runs. */
  async #leave(parts: LeaveParts, patience: () => number): Promise<void> {
    const { connections, departure } = parts;
    const { drainIdleTimeout, whileDraining } = this.#parts.options;
    const { generation } = connections;
    hurryHeads(parts);
    if (whileDraining === 'refuse') {
      departure.refuseWith(generation.refuse ?? refuseRaw(connections));
      // Whoever comes back is refused, so that all can be told at once.
      tellAll(parts, drainIdleTimeout);
      await departure.until(() => connections.inFlight === 0);
      await closePort(parts, patience());
    } else {
      await closePort(parts, patience());
      tellAll(parts, drainIdleTimeout);
    }
    await departure.until(() => connections.isEmpty);
    await generation.handlers?.whenIdle();
  }

  get #isGone(): boolean {
    const { isEmpty, generation } = this.#parts.connections;
    return isEmpty && (generation.handlers?.running ?? 0) === 0;
  }

  async #close({ reason }: StopContext): Promise<void> {
    const { connections, track } = this.#parts;
    this.#running = connections.generation.handlers?.running ?? 0;
    track.enter('stopping');
    try {
      await connections.generation.mounted.close();
    } finally {
      await this.#runHooks('PostShutdown', reason);
      track.enter('stopped');
    }
  }

  async #takeAll(lameDuckDelay: number): Promise<ServerStopReport> {
    const { options, services, track } = this.#parts;
    const never = new AbortController().signal;
    const step = async (delay: number, run: (context: StopContext) => Promise<void>): Promise<void> => {
      const deadline = new MovableDeadline(services.clock, delay, `The stop of the server '${options.name}'`);
      await run({ reason: { kind: 'api' }, deadline, signal: never });
      deadline.end();
    };
    if (isBefore('starting', track.phase)) await step(lameDuckDelay, (context) => this.lameDuck(context));
    // Its own deadline, since that is what can be moved.
    this.#timeout ??= options.drainTimeout;
    await step(longestDelay, (context) => this.drain(context));
    await step(services.hookTimeout, (context) => this.close(context)).catch((error: unknown) => {
      logSafely(services.log, 'error', `The provider of the server '${options.name}' could not be closed cleanly`, {
        error,
      });
    });
    return this.#begin(0).report(this.#reports, this.#running);
  }

  async #runHooks(name: HookName, reason: StopReason): Promise<void> {
    const { services, track } = this.#parts;
    if (!this.#hooks.some(({ hook }) => hook === name)) return;
    const { clock, hookTimeout } = services;
    const longest = this.#hooks.reduce((most, { timeout = hookTimeout }) => most + timeout, 0);
    const deadline = new MovableDeadline(clock, longest, `The ${name} hooks`);
    const surroundings = { clock, runs: this.#runs, timeout: hookTimeout, deadline, phase: track.phase, reason };
    this.#reports.push(...(await runHooks(this.#hooks, name, surroundings)));
    deadline.end();
  }

  async #cut(parts: LeaveParts): Promise<void> {
    const { options, services } = this.#parts;
    const upgraded = [...parts.connections.all].filter(({ kind }) => kind === 'upgraded').length;
    await cutRest(parts);
    // Whoever waits for the rest of a body learns only now that there is none.
    for (let turn = 0; turn < settlingTurns && !this.#isGone; turn++) await services.clock.turn();
    if (upgraded > 0)
      logSafely(services.log, 'warn', 'Upgraded connections were cut: the time to drain was over', {
        server: options.name,
        connections: upgraded,
      });
  }

  #tellCuts(cuts: readonly CutRequest[]): void {
    const { options, services } = this.#parts;
    for (const { method, route, age } of cuts)
      logSafely(services.log, 'warn', `${method} ${route} was cut: its time was over`, { server: options.name, age });
    const running = this.#parts.connections.generation.handlers?.running ?? 0;
    if (cuts.length === 0 && running > 0)
      logSafely(services.log, 'warn', 'Handlers run on though their requests have ended', {
        server: options.name,
        running,
      });
  }

  #begin(rampTime: number): Departure {
    const { connections, options, services } = this.#parts;
    this.#departure ??= new Departure(options.name, connections, services.clock, rampTime);
    connections.leave = this.#departure;
    return this.#departure;
  }
}

function refuseRaw({ services }: Connections): RequestListener {
  return ({ socket }) => services.end(socket, new ServiceUnavailableError());
}
