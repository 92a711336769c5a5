import type { RequestListener } from 'node:http';
import type { Container } from 'inversify';
import { buildSingletons, closeContainer, resolverOf, type LoadedContainer } from '../container/index.js';
import {
  BootReport,
  BowlineError,
  Clock,
  Logger,
  logSafely,
  nearestName,
  runInCall,
  reasonOf,
  SystemClock,
  type ClassType,
  type LogFields,
  type LogLevel,
} from '../foundation/index.js';
import {
  createContextServices,
  ErrorFormat,
  NodeContext,
  refuse,
  ServiceUnavailableError,
  type ContextServices,
  StaticFolder,
  type HttpContext,
  type HttpProvider,
  type MountedProvider,
  type ResolvedServerOptions,
  type Route,
  type RouteDescription,
  type StaticOptions,
  type Uploads,
} from '../http/index.js';
import {
  checkStaticFolders,
  compileRoute,
  createRouteTable,
  staticRoutes,
  type ControllerSource,
  type PlacedDefinition,
} from '../routing/index.js';
import { createHttpServer, type HttpServer, type ListenAddress } from '../server/index.js';
import type { ResolvedApplicationOptions } from './application-options.js';
import type { BoundController } from './collect-controllers.js';
import { fetchInMemory, sendInMemory, type InMemoryRequest, type InMemoryResponse } from './in-memory-request.js';
import { reportLacking } from './check-contracts.js';
import { addressBeside, addressOf, type ListenTarget } from './listen-target.js';
import { listenForSignals } from './signals.js';

/** What boot has found out. */
export interface ApplicationParts {
  readonly options: ResolvedApplicationOptions;
  readonly loaded: LoadedContainer;
  readonly controllers: readonly BoundController[];
  readonly placed: ReadonlyMap<string, readonly PlacedDefinition[]>;
  readonly providers: ReadonlyMap<string, HttpProvider>;
  /** The folders that were bound. */
  readonly folders: readonly StaticFolder[];
  readonly uploads: Uploads;
  readonly generateId: () => string;
}

interface Running {
  readonly server: HttpServer;
  readonly mounted: MountedProvider;
  readonly services: ContextServices;
}

type ApplicationState =
  | { readonly phase: 'created' }
  | { readonly phase: 'starting'; readonly done: Promise<void> }
  | { readonly phase: 'started' }
  | { readonly phase: 'opening'; readonly done: Promise<void> }
  | { readonly phase: 'listening' }
  | { readonly phase: 'closing'; readonly done: Promise<void> }
  | { readonly phase: 'closed' };

/** A container, its servers, and their life from `start` or `listen` to `close`. */
export class Application<Names extends string = string> {
  readonly #parts: ApplicationParts;
  readonly #running = new Map<string, Running>();
  readonly #folders: StaticFolder[];
  #state: ApplicationState = { phase: 'created' };
  #forgetSignals: () => void = () => undefined;
  #forgetAbort: () => void = () => undefined;
  /** Undefined until they have been built. */
  #log: Logger | undefined;
  #clock: Clock | undefined;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
    this.#folders = [...parts.folders];
    // Handed over as a function, as to another server's `fetch` option, it would not know its application.
    this.fetch = this.fetch.bind(this);
  }

  /** What the application is doing now. */
  get state(): 'created' | 'starting' | 'started' | 'opening' | 'listening' | 'closing' | 'closed' {
    return this.#state.phase;
  }

  /** The one container of everything that is bound. */
  get container(): Container {
    return this.#parts.loaded.container;
  }

  /** Every route, as it can be printed, compared or published. */
  get routes(): readonly RouteDescription[] {
    return [...this.#parts.placed].flatMap(([server, placed]) => [
      ...placed.map(({ definition }) => definition.description),
      ...staticRoutes(this.#folders, server, placed).map(({ route }) => route.description),
    ]);
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
    if (this.#state.phase !== 'created')
      throw this.#wrongState('static()', 'Call it before start() or listen(): routes are laid once.');
    this.#folders.push(new StaticFolder(path, folder, options));
    return this;
  }

  /** The servers by name. Throws BOW_WRONG_STATE before `start`. */
  get servers(): Readonly<Record<Names, HttpServer>> {
    this.#requireStarted('servers');
    const entries = [...this.#running].map(([name, { server }]) => [name, server] as const);
    return Object.fromEntries(entries) as Record<Names, HttpServer>;
  }

  /** The address of `main`, as a client would write it. Throws BOW_WRONG_STATE before `listen`. */
  get url(): string {
    if (this.#state.phase !== 'listening')
      throw this.#wrongState(
        'url',
        this.#state.phase === 'closed'
          ? notAgain
          : 'Call listen() first; an application that was only started has no address.',
      );
    return this.#main().server.url ?? '';
  }

  /** Builds every singleton and mounts every provider, and opens nothing. Rejects with a {@link BootError}; a second call joins the first. */
  async start(): Promise<this> {
    if (this.#state.phase === 'created') {
      const done = this.#build();
      this.#state = { phase: 'starting', done };
      await done;
      // It may have been closed in the meantime.
      if (this.state !== 'starting') throw this.#wrongState('start()', notAgain);
      this.#state = { phase: 'started' };
    } else if (this.#state.phase === 'starting') {
      await this.#state.done;
    } else if (this.#state.phase === 'closing' || this.#state.phase === 'closed') {
      throw this.#wrongState('start()', notAgain);
    }
    return this;
  }

  /**
   * Opens `main` at `target` and every other server at its own options: all of them, or none. Rejects with
   * BOW_LISTEN_FAILED, after everything has been closed again.
   */
  async listen(target?: ListenTarget): Promise<this> {
    this.#requireNotListening();
    const { signal, ...address } = addressOf(target);
    signal?.throwIfAborted();
    await this.start();
    // Another call may have been faster.
    this.#requireNotListening();
    const done = this.#open(address);
    this.#state = { phase: 'opening', done };
    try {
      await done;
    } catch (error) {
      await this.close();
      throw error;
    }
    if (this.state !== 'opening') throw this.#wrongState('listen()', notAgain);
    this.#state = { phase: 'listening' };
    for (const { server } of this.#running.values())
      this.#tell('info', `The server '${server.name}' listens on ${server.url}`);
    this.#listenForSignals();
    if (signal !== undefined) await this.#closeOn(signal);
    return this;
  }

  /**
   * The listener of `main` for a server that somebody else owns, whose sockets are then not drained by `close`. It answers
   * 503 once the application closes.
   */
  handler(): RequestListener {
    this.#requireStarted('handler()');
    const { mounted, services } = this.#main();
    return (request, response) => {
      if (this.#state.phase === 'started' || this.#state.phase === 'listening') {
        mounted.listener(request, response);
        return;
      }
      response.shouldKeepAlive = false;
      const error = new ServiceUnavailableError('The application is closing.', { headers: { 'retry-after': '1' } });
      refuse(new NodeContext(request, response, services, undefined, {}), error);
    };
  }

  /** Answers a Web Request without a socket, by the whole path that a request from the network takes. */
  async fetch(request: Request): Promise<Response> {
    this.#requireStarted('fetch()');
    return fetchInMemory((connection) => this.#main().server.connect(connection), request);
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
   * Stops: listeners close, what is in flight finishes, then providers and services are closed. Never rejects for what
   * a service does while it closes; that is logged. Later calls join the first. A handler must not await it: it would
   * wait for its own request, until `drainTimeout` cuts that.
   */
  async close(): Promise<void> {
    if (this.#state.phase === 'closed') return;
    if (this.#state.phase === 'closing') {
      await this.#state.done;
      return;
    }
    const begun = 'done' in this.#state ? this.#state.done : Promise.resolve();
    const done = begun.catch(() => undefined).then(() => this.#shutDown());
    this.#state = { phase: 'closing', done };
    await done;
    this.#state = { phase: 'closed' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #open(address: ListenAddress): Promise<void> {
    for (const [name, { server }] of this.#running) {
      await server.listen(name === 'main' ? addressBeside(server.options, address) : undefined);
    }
  }

  async #closeOn(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => void this.close();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#forgetAbort = () => signal.removeEventListener('abort', onAbort);
    if (!signal.aborted) return;
    await this.close();
    signal.throwIfAborted();
  }

  #listenForSignals(): void {
    const { container } = this;
    if (!this.#parts.options.signals) return;
    this.#forgetSignals = listenForSignals(() => this.close(), container.get(Logger), container.get(Clock));
  }

  async #build(): Promise<void> {
    const { loaded, options } = this.#parts;
    const report = new BootReport();
    try {
      checkStaticFolders(this.#folders, options.servers, report);
      report.throwIfAny();
      await buildSingletons(loaded, report);
      reportLacking(loaded, report);
      report.throwIfAny();
      this.#log = this.container.get(Logger);
      this.#clock = this.container.get(Clock);
      for (const server of options.servers.values()) await this.#mountInto(report, server);
      report.throwIfAny();
    } catch (error) {
      await this.#shutDown();
      this.#running.clear();
      this.#state = { phase: 'closed' };
      throw error;
    }
  }

  /** What a native framework refuses is one problem among others, such as a route that it has already. */
  async #mountInto(report: BootReport, options: ResolvedServerOptions): Promise<void> {
    try {
      this.#running.set(options.name, await this.#mount(options));
    } catch (error) {
      const provider = this.#parts.providers.get(options.name)?.name ?? options.name;
      if (!report.addThrown(error)) report.add('BOW_NATIVE_INSTANCE', { provider, reason: reasonOf(error) }, error);
    }
  }

  async #mount(options: ResolvedServerOptions): Promise<Running> {
    const { loaded, placed, providers, generateId } = this.#parts;
    const log = loaded.container.get(Logger);
    const clock = loaded.container.get(Clock);
    const errorFormat = loaded.container.get(ErrorFormat);
    const services = createContextServices(options, { errorFormat, log, clock, generateId });
    const sources = new Map(
      this.#parts.controllers.map(
        (bound) => [bound.controller, resolverOf(bound.binding) as ControllerSource] as const,
      ),
    );
    const own = placed.get(options.name) ?? [];
    const routes = own.map((entry) => toRoute(entry, sources));
    const table = createRouteTable([...routes, ...staticRoutes(this.#folders, options.name, own)], {
      services,
      versioning: options.versioning,
      trailingSlash: options.trailingSlash,
    });
    const provider = providers.get(options.name);
    if (provider === undefined) throw new Error(`Boot chose no provider for the server '${options.name}'.`);
    const mounted = await provider.mount(table, options);
    const server = createHttpServer(options, { clock, log, errorFormat });
    server.use(mounted);
    return { server, mounted, services };
  }

  async #shutDown(): Promise<void> {
    this.#forgetAbort();
    const { loaded, options, uploads } = this.#parts;
    const clock = this.#clock ?? new SystemClock();
    const running = [...this.#running.values()];
    await Promise.all(running.map(({ server }) => server.stop()));
    const closings = await Promise.allSettled(running.map(({ mounted }) => mounted.close()));
    for (const closing of closings) {
      if (closing.status === 'rejected')
        this.#tell('error', 'A provider could not be closed cleanly', { error: closing.reason as unknown });
    }
    await uploads.temporary.close(clock, options.serviceTimeout).catch((error: unknown) => {
      this.#tell('error', 'The temporary files of uploads could not be removed', { error });
    });
    const failures = await closeContainer(loaded, clock, options.serviceTimeout);
    for (const { name, error } of failures) this.#tell('error', `${name} could not be closed cleanly`, { error });
    // Last, so that a second signal finds somebody who listens.
    this.#forgetSignals();
  }

  #tell(level: LogLevel, message: string, fields?: LogFields): void {
    if (this.#log !== undefined) logSafely(this.#log, level, message, fields);
  }

  #main(): Running {
    const running = this.#running.get('main');
    if (running === undefined) throw this.#wrongState('The main server', 'Start it first.');
    return running;
  }

  #requireNotListening(): void {
    const { phase } = this.#state;
    if (phase === 'opening' || phase === 'listening')
      throw this.#wrongState('listen()', 'It listens already; a second address is a second server.');
    if (phase === 'closing' || phase === 'closed') throw this.#wrongState('listen()', notAgain);
  }

  #requireStarted(call: string): void {
    if (this.#state.phase === 'created' || this.#state.phase === 'starting')
      throw this.#wrongState(call, 'Await start() or listen() first.');
    if (this.#state.phase === 'closed') throw this.#wrongState(call, notAgain);
  }

  #wrongState(call: string, mend: string): BowlineError {
    return new BowlineError('BOW_WRONG_STATE', { call, state: this.#state.phase, mend });
  }
}

function toRoute(
  { pattern, definition }: PlacedDefinition,
  sources: ReadonlyMap<ClassType, ControllerSource>,
): { pattern: string; route: Route } {
  const { description, controller, readers, asynchronous, files, write } = definition;
  const { handler: method, body } = description;
  const source = sources.get(controller);
  if (source === undefined) throw new Error(`Boot resolved no controller for ${description.controller}.`);
  const compiled = compileRoute({
    method,
    controller: source,
    readers,
    asynchronous,
    // Files and streams are read by who takes them.
    body: files !== undefined || body?.includes('stream') === true ? undefined : body,
    write,
  });
  const handler = files === undefined ? compiled : files.around(compiled);
  const kept = description.currentContext === undefined ? handler : (ctx: HttpContext) => runInCall(ctx, handler);
  return { pattern, route: { description, target: { controller, method }, handler: kept } };
}

const notAgain = 'A closed application does not start again: create a new one.';
