import {
  carriesMetadata,
  classChain,
  emittedParameterTypes,
  isClass,
  misuseKey,
  nameOf,
  ownMetadata,
  reasonOf,
  type BootReport,
  type ClassType,
} from '../foundation/index.js';
import type { GraphBinding } from '../container/index.js';
import {
  checkHeader,
  httpMethods,
  RouteFiles,
  type BodyKind,
  type HttpMethod,
  type PipeArgument,
  type ResolvedServerOptions,
  type ResponseDescription,
  type RouteDescription,
  type ToText,
  type Uploads,
} from '../http/index.js';
import type { ClassValidation, ResponseSerialisers, Serialiser } from '../validation/index.js';
import { replyWriter, type ReplyWriter } from './compile-route.js';
import { isFilePipe, misplacedFilePipe } from './file-pipes.js';
import {
  controllerDeadlineKey,
  type ControllerMetadata,
  type MethodMetadata,
  type ParameterMetadata,
} from './metadata.js';
import { controllerMetadata, decoratedMethods, type DecoratedMethod } from './method-metadata.js';
import { expandOptional, joinPaths, parameterNames, pathProblem, unreachableReason } from './path-syntax.js';
import { inOrderOfCall, planPipes, planStages, type PlannedStage, type StagePlanning } from './plan-stages.js';
import { checkFiles } from './prepare-file.js';
import { prepareParameter, type PreparedParameter } from './prepare-parameter.js';
import type { ArgumentReader } from './run-stages.js';
import { selfAnsweringWriter } from './self-answering.js';
import { stageKey } from './stage-metadata.js';
import { validationLevels } from './validation-levels.js';

/** A controller that an application serves, and what its module says of it. */
export interface ControllerBinding {
  readonly controller: ClassType;
  readonly binding: GraphBinding;
  /** Stands before the server that the decorator names. */
  readonly server: string | undefined;
  readonly prefix: string | undefined;
}

/** A route that has been read and checked and lacks nothing but its controller's instance. */
export interface RouteDefinition {
  readonly description: RouteDescription;
  readonly controller: ClassType;
  /** The patterns by which it is found: two where its last segment is optional. */
  readonly patterns: readonly string[];
  /** Made by `@All`: any other route of the same method and path wins. */
  readonly fromAll: boolean;
  readonly readers: readonly ArgumentReader[];
  readonly asynchronous: boolean;
  /** Middleware, guards, interceptors and filters. */
  readonly stages: readonly PlannedStage[];
  /** Those of each parameter that has some, by its place. */
  readonly pipes: ReadonlyMap<number, ParameterPipes>;
  /** Where the route takes files. */
  readonly files: RouteFiles | undefined;
  readonly write: ReplyWriter;
}

/** What works on one parameter once it is read. */
export interface ParameterPipes {
  readonly argument: PipeArgument;
  readonly stages: readonly PlannedStage[];
}

export interface RouteCollection {
  readonly report: BootReport;
  readonly planning: StagePlanning;
  readonly validation: ClassValidation;
  readonly serialisers: ResponseSerialisers;
  readonly uploads: Uploads;
  /** By name; a controller of any other server has been reported by the caller. */
  readonly servers: ReadonlyMap<string, ResolvedServerOptions>;
  /** What the prefix of a server excludes and a route was found for, behind the server's name. */
  readonly excluded: Set<string>;
}

/** Reads the routes of a controller. Every mistake is reported, and the route left out. */
export async function collectRoutes(
  binding: ControllerBinding,
  collection: RouteCollection,
): Promise<RouteDefinition[]> {
  const { controller } = binding;
  const metadata = controllerMetadata(controller);
  const server = collection.servers.get(binding.server ?? metadata?.server ?? 'main');
  if (metadata === undefined || server === undefined) return [];
  const methods = decoratedMethods(controller);
  // A misplaced @Get has been named, and is why there is none.
  const isMisused = carriesMetadata(misuseKey, controller);
  if (!methods.some(hasRoute) && !isMisused) collection.report.add('BOW_NO_ROUTES', { name: nameOf(controller) });
  const paths = metadata.paths.filter(
    (path) => !reportBadPath(path, `@Controller of ${nameOf(controller)}`, collection),
  );
  reportNoPath(metadata.paths, `@Controller of ${nameOf(controller)}`, collection);
  reportStrayStages(controller, methods, collection.report);
  const definitions: RouteDefinition[] = [];
  for (const method of methods) {
    const reader = new MethodReader({ binding, metadata: { ...metadata, paths }, server, method }, collection);
    definitions.push(...(await reader.read()));
  }
  return definitions;
}

/** A guard that guards nothing is a mistake that somebody relies on. */
function reportStrayStages(controller: ClassType, methods: readonly DecoratedMethod[], report: BootReport): void {
  const routed = new Set(methods.filter(hasRoute).map(({ name }) => name));
  for (const type of classChain(controller)) {
    for (const { decorator, property } of ownMetadata(stageKey, type)) {
      if (property === undefined || routed.has(property)) continue;
      report.add('BOW_DECORATOR_MISUSED', { decorator, where: `${nameOf(type)}.${property}`, problem: withoutRoute });
    }
  }
}

const withoutRoute = 'has no effect: the method has no route. Put @Get or another verb on it';

const hiding: readonly string[] = [
  'BOW_BINDING_FAILED',
  'BOW_DECORATOR_MISUSED',
  'BOW_MODULE_FAILED',
  'BOW_MODULE_NOT_RECOGNISED',
  'BOW_NO_CONTROLLER',
  'BOW_NOT_A_CLASS',
  'BOW_PATH_INVALID',
  'BOW_ROUTE_UNREACHABLE',
  'BOW_SERVER_UNKNOWN',
];

/** What a prefix excludes for nothing, once all routes are collected. A route that could not be read may be what is meant. */
export function reportIdleExcludes({ servers, excluded, report }: RouteCollection): void {
  if (report.problems.some(({ code }) => hiding.includes(code))) return;
  for (const { name, prefix } of servers.values()) {
    for (const entry of prefix.exclude) {
      if (excluded.has(`${name} ${entry}`)) continue;
      report.add('BOW_OPTION_INVALID', {
        option: `options.servers.${name}.prefix.exclude`,
        got: `'${entry}', which is no route of this server`,
        expected: 'paths of routes, without the prefix',
      });
    }
  }
}

function reportNoPath(paths: readonly string[], where: string, { report }: RouteCollection): void {
  if (paths.length === 0) report.add('BOW_PATH_INVALID', { where, path: '', reason: 'its list of paths is empty' });
}

function reportBadPath(path: string, where: string, { report }: RouteCollection): boolean {
  const reason = pathProblem(path);
  if (reason === undefined) return false;
  report.add('BOW_PATH_INVALID', { where, path: String(path), reason });
  return true;
}

function hasRoute(method: DecoratedMethod): boolean {
  return method.entries.some((entry) => entry.kind === 'route');
}

interface MethodPlace {
  readonly binding: ControllerBinding;
  readonly metadata: ControllerMetadata;
  readonly server: ResolvedServerOptions;
  readonly method: DecoratedMethod;
}

/** Reads the decorators of one method into one definition for each verb, path and version. */
class MethodReader {
  readonly #place: MethodPlace;
  readonly #collection: RouteCollection;
  readonly #where: string;
  readonly #byKind: ReadonlyMap<MethodMetadata['kind'], readonly MethodMetadata[]>;

  constructor(place: MethodPlace, collection: RouteCollection) {
    this.#place = place;
    this.#collection = collection;
    this.#byKind = Map.groupBy(place.method.entries, ({ kind }) => kind);
    this.#where = `${nameOf(place.binding.controller)}.${place.method.name}`;
  }

  async read(): Promise<RouteDefinition[]> {
    const { method } = this.#place;
    if (!hasRoute(method)) {
      const [entry] = method.entries;
      if (entry !== undefined) this.#reportStray(entry);
      return [];
    }
    const all = this.#stages();
    const stages = all.filter(({ description: { kind } }) => kind !== 'pipe');
    const files = await this.#files();
    const parameters = await this.#parameters(files);
    const pipes = this.#pipes(
      parameters,
      all.filter(({ description: { kind } }) => kind === 'pipe'),
    );
    const ofParameters = [...pipes.values()].flatMap(({ stages: own }) => own.filter(isOfParameter));
    const described = inOrderOfCall([...all, ...ofParameters]);
    const write = this.#writer(await this.#toText());
    const addresses = this.#addresses();
    this.#checkNames([...new Set(addresses.map(({ path }) => path))], parameters);
    return addresses.map(({ verb, path, version, fromAll }) => {
      return {
        description: {
          ...this.#describe({ verb, path, version, fromAll }, parameters, files, pipes),
          stages: described.map(({ description }) => description),
        },
        controller: this.#place.binding.controller,
        patterns: expandOptional(path),
        fromAll,
        readers: toReaders(parameters),
        asynchronous: pipes.size > 0 || parameters.some((parameter) => parameter.asynchronous),
        stages,
        pipes,
        files,
        write,
      };
    });
  }

  #stages(): readonly PlannedStage[] {
    const { binding, method, server } = this.#place;
    const { controller } = binding;
    return planStages({ controller, name: method.name, server: server.name }, this.#collection.planning);
  }

  /** What is put on a whole method works on all that comes from the client. */
  #responses(): { responses?: readonly ResponseDescription[] } {
    const responses = this.#entries('returns').map(({ returned, status, groups }): ResponseDescription => ({
      ...(status === undefined ? {} : { status }),
      ...describeReturned(returned),
      ...(groups.length === 0 ? {} : { groups }),
    }));
    return responses.length === 0 ? {} : { responses };
  }

  #pipes(
    parameters: readonly PreparedParameter[],
    shared: readonly PlannedStage[],
  ): ReadonlyMap<number, ParameterPipes> {
    const { controller } = this.#place.binding;
    const { name: method, owner } = this.#place.method;
    const types = emittedParameterTypes(owner, method) ?? [];
    const pipes = new Map<number, ParameterPipes>();
    for (const { description, entry } of parameters) {
      const { index, source, name } = description;
      if (!pipedSources.includes(source)) continue;
      const place = { where: this.#where, decorator: `The pipe of parameter ${index + 1}`, index };
      const own = planPipes(listOf(entry.options.pipe), place, this.#collection.planning);
      const stages = [...shared, ...own];
      if (stages.length === 0) continue;
      for (const stage of stages.filter(isFilePipe)) {
        // Its decorator has read what it says.
        if (source === 'file' && own.includes(stage) && stage.source.kind === 'value') continue;
        const at = `${stage.description.name} of ${this.#where}`;
        this.#collection.report.add('BOW_STAGE_INVALID', { where: at, reason: misplacedFilePipe });
      }
      pipes.set(index, {
        stages,
        argument: { source, name, index, type: types[index], target: { controller, method } },
      });
    }
    return pipes;
  }

  #reportStray(entry: MethodMetadata): void {
    const decorator = entry.kind === 'parameter' ? entry.decorator : strayNames[entry.kind];
    this.#collection.report.add('BOW_DECORATOR_MISUSED', {
      decorator,
      where: this.#where,
      problem: withoutRoute,
    });
  }

  async #files(): Promise<RouteFiles | undefined> {
    if (!this.#entries('parameter').some(({ file }) => file !== undefined)) return undefined;
    const { uploads } = this.#collection;
    await uploads.loadSplitter();
    return new RouteFiles(uploads, this.#place.server.limits.multipart);
  }

  async #parameters(files: RouteFiles | undefined): Promise<PreparedParameter[]> {
    const entries = this.#entries('parameter').toSorted((a, b) => a.index - b.index);
    const { report, validation } = this.#collection;
    const { method, binding } = this.#place;
    const levels = validationLevels(binding.controller, method.name, report);
    const host = {
      method,
      where: this.#where,
      report,
      validation,
      validationLevels: [...levels.ofController, ...levels.ofRoute],
      files,
      uploads: this.#collection.uploads,
      limits: this.#place.server.limits.multipart,
    };
    const prepared: PreparedParameter[] = [];
    for (const [position, entry] of entries.entries()) {
      if (entries[position - 1]?.index === entry.index) {
        this.#invalid(`parameter ${entry.index + 1}`, 'it has two decorators that read it; keep one');
        continue;
      }
      const parameter = await prepareParameter(entry, host);
      if (parameter !== undefined) prepared.push(parameter);
    }
    this.#reportUndecorated(new Set(entries.map(({ index }) => index)));
    if (prepared.filter(({ body }) => body !== undefined).length > 1)
      this.#invalid('its parameters', 'a request has one body; use @Body once');
    for (const problem of checkFiles(entries)) this.#invalid(problem.what, problem.reason);
    if (levels.ofRoute.length > 0 && prepared.length === entries.length) this.#reportIdleValidation(prepared);
    return prepared;
  }

  /** A pipe of a controller may be meant for some of its routes. */
  #reportIdleValidation(parameters: readonly PreparedParameter[]): void {
    const validated: readonly unknown[] = ['class', 'schema'];
    if (parameters.some(({ description: { conversion } }) => validated.includes(conversion))) return;
    const reason =
      'its ValidationPipe has no effect: no parameter takes a class with rules or a schema. Take the pipe away';
    this.#collection.report.add('BOW_STAGE_INVALID', { where: `@UsePipes of ${this.#where}`, reason });
  }

  /** It would be undefined at each request. One with a misused decorator has been named already. */
  #reportUndecorated(decorated: ReadonlySet<number>): void {
    const { owner, name } = this.#place.method;
    const method: unknown = Object.getOwnPropertyDescriptor(owner.prototype as object, name)?.value;
    const misused = ownMetadata(misuseKey, owner).filter((misuse) => misuse.method === name);
    for (let index = 0; index < (typeof method === 'function' ? method.length : 0); index++) {
      if (decorated.has(index) || misused.some(({ parameter }) => parameter === index)) continue;
      this.#invalid(
        `parameter ${index + 1}`,
        "no decorator says what it takes; put @Param('id'), @Query('limit'), @Body() or another one on it",
      );
    }
  }

  #invalid(what: string, reason: string): void {
    this.#collection.report.add('BOW_PARAMETER_INVALID', { where: `${this.#where}, ${what}`, reason });
  }

  #entries<K extends MethodMetadata['kind']>(kind: K): readonly Extract<MethodMetadata, { kind: K }>[] {
    return (this.#byKind.get(kind) ?? []) as readonly Extract<MethodMetadata, { kind: K }>[];
  }

  /** Undefined where no `@Returns` says anything. */
  async #toText(): Promise<ToText | undefined> {
    const where = this.#where;
    const serialisers = new Map<number | undefined, Serialiser>();
    for (const { returned, status, groups } of this.#entries('returns')) {
      const serialiser = await this.#collection.serialisers.serialiserOf(returned, { groups, where });
      if (serialiser !== undefined) serialisers.set(status, serialiser);
    }
    if (serialisers.size === 0) return undefined;
    const usual = serialisers.get(undefined);
    return (status, value, ctx) => (serialisers.get(status) ?? usual)?.(value, ctx);
  }

  #writer(toText: ToText | undefined): ReplyWriter {
    const response = this.#entries('parameter').find(
      (entry): entry is ParameterMetadata => entry.source === 'response',
    );
    if (response !== undefined && !response.passthrough) {
      return selfAnsweringWriter;
    }
    const redirect = this.#entries('redirect').at(-1);
    this.#reportUnsendable();
    return replyWriter({
      status: this.#entries('status').at(-1)?.status,
      headers: this.#entries('header')
        .toReversed()
        .map(({ name, value }) => [name, value] as const),
      redirect: redirect === undefined ? undefined : { location: redirect.location, status: redirect.status },
      toText,
    });
  }

  /** What would fail with each answer. */
  #reportUnsendable(): void {
    for (const { name, value } of this.#entries('header')) {
      try {
        checkHeader(name, value);
      } catch (error) {
        const problem = `cannot be sent: ${reasonOf(error).replace(/\.$/, '')}`;
        this.#collection.report.add('BOW_DECORATOR_MISUSED', { decorator: '@Header', where: this.#where, problem });
      }
    }
  }

  /** The route's own before its controller's before its server's; 0 is none. */
  #deadline(): Pick<RouteDescription, 'deadline'> {
    const { binding, server } = this.#place;
    const own = this.#entries('deadline').at(-1)?.milliseconds ?? deadlineOfController(binding.controller);
    const deadline = own ?? server.deadline.default;
    return deadline === 0 ? {} : { deadline };
  }

  /** Every verb, path and version under which the method is to be found. */
  #addresses(): Address[] {
    const { metadata } = this.#place;
    const addresses: Address[] = [];
    for (const { method, paths } of this.#entries('route').toReversed()) {
      reportNoPath(paths, this.#where, this.#collection);
      for (const own of paths) {
        if (reportBadPath(own, this.#where, this.#collection)) continue;
        for (const base of metadata.paths) {
          addresses.push(...this.#versions().flatMap((version) => this.#addressesOf(method, base, own, version)));
        }
      }
    }
    return addresses;
  }

  #addressesOf(method: HttpMethod | 'ALL', base: string, own: string, version: string | undefined): Address[] {
    const path = this.#fullPath(method, base, own, version);
    const reason = unreachableReason(path);
    if (reason !== undefined) {
      this.#collection.report.add('BOW_ROUTE_UNREACHABLE', { route: `${method} ${path}`, where: this.#where, reason });
      return [];
    }
    const verbs = method === 'ALL' ? httpMethods : [method];
    return verbs.map((verb) => ({ verb, path, version, fromAll: method === 'ALL' }));
  }

  #versions(): readonly (string | undefined)[] {
    const written = this.#entries('version').at(-1)?.versions;
    const own = written ?? this.#place.metadata.versions;
    if (own === undefined) return [this.#place.server.versioning?.defaultVersion];
    if (this.#place.server.versioning === undefined) {
      this.#collection.report.add('BOW_ROUTE_UNREACHABLE', {
        route: `version ${own.join(', ')}`,
        // One mistake where the controller makes it for all of its methods.
        where: written === undefined ? nameOf(this.#place.binding.controller) : this.#where,
        reason: `the server '${this.#place.server.name}' has no versioning; give it one, as in versioning: { type: 'uri' }`,
      });
      return [];
    }
    return own;
  }

  #fullPath(method: HttpMethod | 'ALL', base: string, own: string, version: string | undefined): string {
    const { server, binding } = this.#place;
    const local = joinPaths(binding.prefix ?? '', base, own);
    const entries = server.prefix.exclude.filter((entry) => excludes(entry, method, local));
    for (const entry of entries) this.#collection.excluded.add(`${server.name} ${entry}`);
    const prefix = entries.length > 0 ? '' : server.prefix.path;
    const segment =
      server.versioning?.type === 'uri' && version !== undefined ? `${server.versioning.prefix ?? 'v'}${version}` : '';
    const path = joinPaths(prefix, segment, local);
    return server.trailingSlash === 'strict' && own.length > 1 && own.endsWith('/') ? `${path}/` : path;
  }

  /** One mistake, however many paths lack the parameter. */
  #checkNames(paths: readonly string[], parameters: readonly PreparedParameter[]): void {
    for (const { description } of parameters) {
      const { source, name } = description;
      if (source !== 'param' || name === undefined) continue;
      const path = paths.find((each) => !parameterNames(each).includes(name));
      if (path === undefined) continue;
      const known = parameterNames(path);
      this.#collection.report.add('BOW_PARAMETER_NOT_IN_PATH', {
        where: this.#where,
        name,
        path,
        known:
          known.length === 0
            ? 'it has no parameters'
            : `it has ${known.map((name) => (name === '*' ? name : `:${name}`)).join(', ')}`,
      });
    }
  }

  #describe(
    { verb: method, path, version }: Address,
    parameters: readonly PreparedParameter[],
    files: RouteFiles | undefined,
    pipes: ReadonlyMap<number, ParameterPipes>,
  ): Omit<RouteDescription, 'stages'> {
    const body: readonly BodyKind[] | undefined =
      files === undefined ? parameters.find((parameter) => parameter.body !== undefined)?.body : ['multipart'];
    const status = this.#entries('status').at(-1)?.status;
    return {
      server: this.#place.server.name,
      method,
      path,
      ...(version === undefined ? {} : { version }),
      controller: nameOf(this.#place.binding.controller),
      module: this.#place.binding.binding.module.name,
      scope: this.#place.binding.binding.target.scope,
      handler: this.#place.method.name,
      parameters: parameters.map(({ description }) => {
        const own = pipes.get(description.index)?.stages.map((stage) => stage.description.name);
        return own === undefined ? description : { ...description, pipes: own };
      }),
      ...(body === undefined ? {} : { body }),
      ...(status === undefined ? {} : { status }),
      ...this.#responses(),
      timeout: this.#place.server.timeouts.handler,
      ...this.#deadline(),
      answersItself: this.#entries('parameter').some((entry) => entry.source === 'response' && !entry.passthrough),
    };
  }
}

/** Of the nearest class that says something. */
function deadlineOfController(controller: ClassType): number | undefined {
  for (const type of classChain(controller)) {
    const milliseconds = ownMetadata(controllerDeadlineKey, type).at(-1);
    if (milliseconds !== undefined) return milliseconds;
  }
  return undefined;
}

const pipedSources: readonly string[] = ['param', 'query', 'header', 'cookie', 'body', 'file', 'custom'];

function listOf(given: unknown): readonly unknown[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? (given as readonly unknown[]) : [given];
}

function isOfParameter({ description: { level } }: PlannedStage): boolean {
  return level === 'parameter';
}

/** As `@Returns` names it; a schema has no name. */
function describeReturned(returned: unknown): Pick<ResponseDescription, 'type' | 'array'> {
  const [element] = Array.isArray(returned) ? (returned as unknown[]) : [returned];
  return {
    ...(isClass(element) ? { type: nameOf(element) } : {}),
    ...(Array.isArray(returned) ? { array: true } : {}),
  };
}

interface Address {
  readonly verb: HttpMethod;
  readonly path: string;
  readonly version: string | undefined;
  readonly fromAll: boolean;
}

const strayNames: Readonly<Record<Exclude<MethodMetadata['kind'], 'parameter'>, string>> = {
  route: '@Get',
  status: '@HttpCode',
  header: '@Header',
  redirect: '@Redirect',
  version: '@Version',
  deadline: '@Deadline',
  returns: '@Returns',
};

/** `/health` excludes every method of that path, `GET /health` one. */
function excludes(entry: string, method: string, path: string): boolean {
  const [first = '', second] = entry.trim().split(/\s+/);
  return second === undefined
    ? joinPaths(first) === path
    : first.toUpperCase() === method && joinPaths(second) === path;
}

/** A reader for each position; one without a decorator gets undefined. */
function toReaders(parameters: readonly PreparedParameter[]): ArgumentReader[] {
  const count = Math.max(0, ...parameters.map(({ description }) => description.index + 1));
  const readers: ArgumentReader[] = Array.from({ length: count }, () => () => undefined);
  for (const { description, read } of parameters) readers[description.index] = read;
  return readers;
}
