import type { RequestListener } from 'node:http';
import type { Container, ServiceIdentifier } from 'inversify';
import { builtServices, type RequestScopeOptions, type ScopedWork } from '../container/index.js';
import type { StageUse } from '../decorators/index.js';
import {
  BootReport,
  BowlineError,
  logSafely,
  JobContext,
  nearestName,
  runInCall,
  type LogFields,
  type LogLevel,
} from '../foundation/index.js';
import {
  StaticFolder,
  type Middleware,
  type MiddlewareFunction,
  type RouteDescription,
  type StaticOptions,
} from '../http/index.js';
import {
  describeBudget,
  describeReason,
  GracefulManager,
  isBefore,
  HostedService,
  type Lifecycle,
  type Phase,
  type ShutdownReport,
  type StopOptions,
  type TimeLimits,
} from '../lifecycle/index.js';
import { checkStaticFolders, staticRoutes } from '../routing/index.js';
import type { HttpServer, ListenAddress } from '../server/index.js';
import type { ApplicationParts } from './application-parts.js';
import { explain } from './explain/explain.js';
import { nearestRoute, routesOf } from './explain/explain-routes.js';
import type { Explanation } from './explain/explanation.js';
import { routeTexts } from './explain/route-text.js';
import { fetchInMemory, sendInMemory, type InMemoryRequest, type InMemoryResponse } from './in-memory-request.js';
import { addressBeside, addressOf, type ListenTarget } from './listen-target.js';
import { findIndicators } from './management/find-indicators.js';
import { managementName } from './management/management-options.js';
import { checkMounted } from './management/management-routes.js';
import { Management } from './management/management.js';
import { mountServers, refusalOf, type RunningServer } from './running-servers.js';
import { ContainerCloser } from './service-closer.js';
import { watchProcess, type TellStopped } from './process-watch.js';
import { buildServices, startHooks } from './start-services.js';
import { uncalledHooks } from './uncalled-hooks.js';

/** A container, its servers, and their life from `start` or `listen` to `close`. */
export class Application<Names extends string = string> {
  /** Starts and stops everything as one; hooks and hosted services can be added to it. */
  readonly manager: GracefulManager;
  readonly #parts: ApplicationParts;
  readonly #folders: StaticFolder[];
  readonly #management: Management;
  #running: ReadonlyMap<string, RunningServer> = new Map();
  #started: Promise<void> | undefined;
  #isOpening = false;
  /** Whether whoever called `start` or `listen` has been told that it is done. */
  #isUp = false;
  #tellProcess: TellStopped | undefined;
  #isProcessEnding = false;
  #forgetAbort: () => void = () => undefined;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
    this.#folders = [...parts.folders];
    const { clock, events, loaded, log, options, uploads } = parts;
    const { budget, timeouts } = options;
    const temporary = {
      name: 'the temporary files of uploads',
      close: () => uploads.temporary.close(clock, timeouts.service),
    };
    const scopes = {
      name: 'request scopes',
      // The other half is for what has to be disposed of.
      close: ({ deadline, timeout }: TimeLimits) => parts.scopes.close(Math.min(timeout, deadline.remaining) / 2),
    };
    const providers = { name: 'providers that never started', close: () => this.#stopUnstarted() };
    this.manager = new GracefulManager({
      clock,
      log,
      events,
      budget,
      timeouts,
      services: new ContainerCloser(loaded, [scopes, temporary, providers]),
      finish: () => this.#management.close(),
    });
    this.#management = new Management(parts, this.manager);
    events.on('phase:entered', ({ server, phase, previous }) => {
      if (server !== undefined) this.#tell('debug', `The server '${server}' is ${phase}`, { server, phase, previous });
    });
    events.on('stopped', () => {
      this.#forgetAbort();
      if (this.report !== undefined) this.#isProcessEnding = this.#tellProcess?.(this.report) ?? false;
    });
    // Handed over as a function, as to another server's `fetch` option, it would not know its application.
    this.fetch = this.fetch.bind(this);
  }

  /** What the application is doing now. */
  get state(): Phase {
    return this.manager.phase;
  }

  /** The phases of the application, to wait for and to listen to. */
  get lifecycle(): Lifecycle {
    return this.manager.lifecycle;
  }

  /** What the stop has finished and cut so far; undefined until one has begun. */
  get report(): ShutdownReport | undefined {
    return this.manager.report;
  }

  /** The one container of everything that is bound. */
  get container(): Container {
    return this.#parts.loaded.container;
  }

  /** Every route once, however many patterns it is found by, as it can be printed, compared or published. */
  get routes(): readonly RouteDescription[] {
    const { options, plan } = this.#parts;
    const ofServers = [...options.servers.values()].flatMap((server) => {
      const placed = plan.placed.get(server.name) ?? [];
      const fixed = [
        ...this.#management.routesOn(server.name),
        ...staticRoutes(this.#folders, server, placed, plan.stagesOf(server.name)),
      ];
      return [
        ...new Set(placed.map(({ definition }) => definition.description)),
        ...fixed.map(({ route }) => route.description),
      ];
    });
    return [...ofServers, ...this.#management.routesOn(managementName).map(({ route }) => route.description)];
  }

  /**
   * What the application is made of, what runs in which order, and who put it there: servers, routes with their stages, the container, the
   * order of closing. An object for programs, by `String` a text for people. Works at any time, and builds nothing. With a route, the
   * text of that one: by method and path, as in {@link routes}, by the path, or by `OrderController.find`. Throws BOW_ROUTE_UNKNOWN.
   *
   * ```ts
   * console.log(String(app.explain()));
   * console.log(app.explain('GET /orders/:id'));
   * ```
   */
  explain(): Explanation;
  explain(route: string): string;
  explain(route?: string): Explanation | string {
    const explanation = explain({
      parts: this.#parts,
      state: this.state,
      isBuilt: this.#running.size > 0,
      routes: this.routes,
      urlOf: (server) => this.#urlOf(server),
    });
    if (route === undefined) return explanation;
    const found = routesOf(explanation.routes, route);
    if (found.length > 0) return routeTexts(found).join('\n\n');
    throw new BowlineError('BOW_ROUTE_UNKNOWN', { route, nearest: nearestRoute(explanation.routes, route) });
  }

  #urlOf(name: string): string | undefined {
    if (name === managementName) return this.#management.url;
    const server = this.#running.get(name)?.server;
    return server?.address === undefined ? undefined : server.url;
  }

  /**
   * Serves the files of `folder` to GET and HEAD below `path`, which is the whole path: a prefix of the server does not
   * stand before it. Routes of controllers win, and nothing outside the folder is served. Throws BOW_WRONG_STATE once
   * `start` or `listen` was called; a folder that does not exist is a problem of the boot.
   *
   * ```ts
   * const app = await createApplication({ modules: [shopModule] });
   * await app.static('/assets', 'public/assets', { maxAge: 3_600_000 }).listen(3000);
   * ```
   */
  static(path: string, folder: string, options: StaticOptions & { readonly server?: Names | 'main' } = {}): this {
    if (this.state !== 'created')
      throw this.#wrongState('static()', 'Call it before start() or listen(): routes are laid once.');
    this.#folders.push(new StaticFolder(path, folder, options));
    return this;
  }

  /**
   * Puts middleware around everything that every server answers, routes or not: short for a binding of {@link GlobalMiddleware}, and
   * behind those of its order. Throws BOW_WRONG_STATE once `start` or `listen` was called.
   *
   * ```ts
   * const app = await createApplication({ modules: [shopModule] });
   * await app.use(fromExpress(helmet()), RequestLog).listen(3000);
   * ```
   */
  use(...middleware: readonly StageUse<Middleware, MiddlewareFunction, 'middleware'>[]): this {
    if (this.state !== 'created')
      throw this.#wrongState('use()', 'Call it before start() or listen(): routes are laid once.');
    for (const each of middleware) this.#parts.plan.use(each);
    return this;
  }

  /**
   * Runs `work` in a request scope of its own, for what is no request: a job, a message, a test. What it makes by `services` is shared
   * within it and disposed of when `work` has ended, before this resolves. A stop waits for it before it closes services, for half of
   * `serviceTimeout`; whoever may take longer is a {@link HostedService} that waits in its `drain`. Services reach it by {@link RequestScopeRunner}. Throws BOW_WRONG_STATE before `start` and once the application has stopped.
   *
   * ```ts
   * await app.runInRequestScope((services, context) => {
   *   context.put(CurrentTenant, tenant);
   *   return services.get(NightlyReport).send();
   * });
   * ```
   */
  async runInRequestScope<T>(work: ScopedWork<T>, { context: given, deadline }: RequestScopeOptions = {}): Promise<T> {
    this.#requireStarted('runInRequestScope()');
    if (given !== undefined && deadline !== undefined) {
      const option = 'The deadline of runInRequestScope()';
      throw new BowlineError('BOW_OPTION_INVALID', {
        option,
        got: 'given beside a context',
        expected: 'given to the context',
      });
    }
    const context = given ?? new JobContext({ deadline });
    return this.#parts.scopes.run(context, (services) => runInCall(context, () => work(services, context)));
  }

  /** The servers by name. Throws BOW_WRONG_STATE before `start`. */
  get servers(): Readonly<Record<Names, HttpServer>> {
    this.#requireStarted('servers');
    const entries = [...this.#running].map(([name, { server }]) => [name, server] as const);
    return Object.fromEntries(entries) as Record<Names, HttpServer>;
  }

  /** The address of `main`, as a client would write it. Throws BOW_WRONG_STATE while it does not listen. */
  get url(): string {
    const main = this.#running.get('main');
    if (main?.server.address !== undefined) return main.server.url;
    throw this.#wrongState(
      'url',
      isBefore(this.state, 'draining')
        ? 'Call listen() first; an application that was only started has no address.'
        : notAgain,
    );
  }

  /**
   * The address of the management server, from the first moment of `listen` to the last of `close`. Throws BOW_WRONG_STATE
   * while it does not listen.
   */
  get managementUrl(): string {
    const { url } = this.#management;
    if (url !== undefined) return url;
    throw this.#wrongState('managementUrl', 'It takes the option management: { port } and a call of listen().');
  }

  /**
   * Builds every singleton, starts every hosted service, mounts every provider, and opens nothing. Rejects with a
   * {@link BootError}, with what a hook or hosted service threw, or with BOW_START_GIVEN_UP where it was told to stop meanwhile,
   * after all that had started was stopped again. A second call joins the first. What hosts services ends with the process from
   * now on, as the option `signals` says.
   */
  async start(): Promise<this> {
    if (!isBefore(this.state, 'lame-duck')) throw this.#wrongState('start()', notAgain);
    if (this.#started === undefined && this.#ownsProcess) this.#watchProcess();
    await (this.#started ??= this.#startup(undefined));
    // A call of `listen` speaks for itself.
    if (!this.#isOpening) this.#isUp = true;
    return this;
  }

  /**
   * Starts, with the management server open from the beginning, then opens `main` at `target` and every other server at its own options: all of them, or none. Rejects as `start` does,
   * or with BOW_LISTEN_FAILED, after everything has been closed again.
   */
  async listen(target?: ListenTarget): Promise<this> {
    this.#requireNotListening();
    const { signal, ...address } = addressOf(target);
    signal?.throwIfAborted();
    if (signal !== undefined) this.#closeOn(signal);
    try {
      await this.#open(address);
    } catch (error) {
      this.#forgetAbort();
      // That the start was given up says less than who gave it up.
      signal?.throwIfAborted();
      throw error;
    }
    return this;
  }

  async #open(address: ListenAddress): Promise<void> {
    if (this.#started === undefined) {
      this.#watchProcess();
      this.#isOpening = true;
      this.#started = this.#startup(address);
      await this.#started;
    } else {
      await this.start();
      // Another call may have been faster.
      this.#requireNotListening();
      this.#watchProcess();
      this.#isOpening = true;
      this.#isUp = false;
      await this.#openLate(address);
    }
    this.#isUp = true;
    this.#tellListening();
  }

  /**
   * The listener of `main` for a server that somebody else owns. Its requests are in the figures of `main` and are waited for,
   * its sockets are not closed by `close`. It answers 503 once the application closes.
   */
  handler(): RequestListener {
    this.#requireStarted('handler()');
    const { server, services } = this.#main();
    const refused = refusalOf(services);
    return (request, response) => {
      if (isBefore(this.state, 'draining')) server.serve(request, response);
      else refused(request, response);
    };
  }

  /**
   * Answers a Web Request without a socket, by the whole path that a request from the network takes. The Response is there
   * as soon as the head of the answer is; both bodies go piece by piece, no faster than they are read, with the limits of
   * the server. To abort `request.signal` or cancel the body of the Response is to leave.
   */
  async fetch(request: Request): Promise<Response> {
    this.#requireStarted('fetch()');
    return fetchInMemory((connection, secure) => this.#main().server.connect(connection, secure), request);
  }

  /** Sends a request to a server without a socket. */
  async inject(request: InMemoryRequest, server: Names | 'main' = 'main'): Promise<InMemoryResponse> {
    this.#requireStarted('inject()');
    const running = this.#running.get(server);
    if (running === undefined) {
      throw new BowlineError('BOW_SERVER_UNKNOWN', {
        where: 'inject()',
        server,
        known: [...this.#running.keys()],
        nearest: nearestName(server, [...this.#running.keys()]),
      });
    }
    return sendInMemory((connection) => running.server.connect(connection), request);
  }

  /**
   * Stops: listeners close, what is in flight finishes, then services are closed, dependents first. Never rejects for what
   * anybody does while it stops; that is logged and in {@link report}. Later calls join the first, and one within a hook resolves
   * at once. A handler must not await it: it would wait for its own request, until `drainTimeout` ends that.
   */
  async close(): Promise<void> {
    await this.gracefulStop();
  }

  /** The same, and resolves with what was finished and what was cut. */
  gracefulStop(options: StopOptions = {}): Promise<ShutdownReport> {
    return this.manager.gracefulStop(options);
  }

  /** This application as a part of another, whose manager says when each step is taken: `outer.manager.add('shop', shop.asHostedService(3001))`. */
  asHostedService(target?: ListenTarget): HostedService {
    return this.manager.asHostedService(() => this.listen(target));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #startup(address: ListenAddress | undefined): Promise<void> {
    const { loaded, options } = this.#parts;
    try {
      await this.manager.startup(async (deadline) => {
        if (address !== undefined) await this.#management.listen();
        const report = new BootReport();
        this.#parts.plan.check(report);
        checkStaticFolders(this.#folders, options.servers, report);
        const { management, servers } = options;
        if (management !== undefined) checkMounted(management, servers, this.#parts.plan.placed, this.#folders, report);
        report.throwIfAny();
        await buildServices(loaded, this.manager, deadline);
        await this.manager.startOne('build', 'health indicators', Infinity, async () => {
          const indicators = await findIndicators(loaded);
          for (const indicator of [...indicators, ...this.#parts.policies.indicators()])
            this.#management.checks.add(indicator);
        });
        await this.manager.startOne('mount', 'providers', Infinity, async () => {
          this.#running = await mountServers(this.#parts, this.#folders, this.#management, report);
        });
        report.throwIfAny();
        for (const [name, { server }] of this.#running) {
          if (address !== undefined)
            server.openAt(name === 'main' ? addressBeside(server.options, address) : server.options);
          this.manager.add(name, server);
        }
        this.manager.check();
        const services = builtServices(loaded);
        for (const sentence of [...this.#parts.plan.warnings, ...uncalledHooks(services)]) this.#tell('warn', sentence);
        await startHooks(services, this.manager, deadline);
      });
      this.#requireNotStopped();
      if (options.explain) this.#tell('info', String(this.explain()));
    } catch (error) {
      throw await this.#giveUp(error);
    }
  }

  /** Opens the ports of an application that was started without. */
  async #openLate(address: ListenAddress): Promise<void> {
    try {
      await this.#management.listen();
      for (const [name, { server }] of this.#running)
        await server.listen(name === 'main' ? addressBeside(server.options, address) : undefined);
      this.#requireNotStopped();
    } catch (error) {
      throw await this.#giveUp(error);
    }
  }

  /** A stop that began meanwhile is why it has failed. */
  #requireNotStopped(): void {
    if (this.report !== undefined) throw givenUp(this.report);
  }

  /** Stops what had started, and says why there is no start: it failed, or was given up for a stop. */
  async #giveUp(error: unknown): Promise<unknown> {
    const begun = this.report;
    await this.gracefulStop({ reason: { kind: 'error', error } });
    if (this.#isProcessEnding) await new Promise(() => undefined);
    return begun === undefined ? error : givenUp(begun);
  }

  #tellListening(): void {
    for (const { server } of this.#running.values())
      if (server.address !== undefined) this.#tell('info', `The server '${server.name}' listens on ${server.url}`);
    this.#tell('info', describeBudget(this.#parts.options.budget));
  }

  async #stopUnstarted(): Promise<void> {
    const left = [...this.#running.values()].filter(({ server }) => server.phase === 'created');
    await Promise.all(left.map(({ server }) => server.gracefulStop()));
  }

  /** From the first moment of the start, which it gives up. */
  #closeOn(signal: AbortSignal): void {
    const onAbort = (): void => void this.close();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#forgetAbort = () => signal.removeEventListener('abort', onAbort);
  }

  /** Without a port, what works by itself has to be drained; what only answers may live in a process of somebody else. */
  get #ownsProcess(): boolean {
    const { loaded, options } = this.#parts;
    const isHost = this.manager.hasMembers || loaded.bindingsOf(HostedService as ServiceIdentifier).length > 0;
    return options.ownsProcess ?? isHost;
  }

  /** From the first moment of the start, which a signal may end. */
  #watchProcess(): void {
    const { log, marks, options } = this.#parts;
    const { budget, name, signals, uncaughtErrors } = options;
    if (this.#tellProcess !== undefined || (signals.length === 0 && !uncaughtErrors)) return;
    this.#tellProcess = watchProcess({
      name,
      log,
      signals,
      uncaughtErrors,
      marks,
      gracePeriod: budget.gracePeriod.value,
      isStarting: () => !this.#isUp,
      stop: (reason) => void this.manager.wholeStop({ reason }),
      force: () => this.manager.force(),
      noteUncaught: (error) => this.manager.noteUncaught(error),
    });
  }

  #tell(level: LogLevel, message: string, fields?: LogFields): void {
    logSafely(this.#parts.log, level, message, fields);
  }

  #main(): RunningServer {
    const running = this.#running.get('main');
    if (running === undefined) throw this.#wrongState('The main server', 'Start it first.');
    return running;
  }

  #requireNotListening(): void {
    if (!isBefore(this.state, 'lame-duck')) throw this.#wrongState('listen()', notAgain);
    if (this.#isOpening) throw this.#wrongState('listen()', 'It listens already; a second address is a second server.');
  }

  #requireStarted(call: string): void {
    if (isBefore(this.state, 'ready')) throw this.#wrongState(call, 'Await start() or listen() first.');
    if (this.state === 'stopped') throw this.#wrongState(call, notAgain);
  }

  #wrongState(call: string, mend: string): BowlineError {
    return new BowlineError('BOW_WRONG_STATE', { call, state: this.state, mend });
  }
}

function givenUp({ reason }: ShutdownReport): BowlineError {
  return new BowlineError('BOW_START_GIVEN_UP', { reason: describeReason(reason) });
}

const notAgain = 'A stopped application does not start again: create a new one.';
