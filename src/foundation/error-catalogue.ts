/**
 * Every sentence that Bowline says about a mistake, by its stable code. An entry turns plain facts into what is wrong,
 * in the user's own names, and what to do. `docs/errors.md` has a section for each code.
 */
export const errorCatalogue = {
  // Modules and bindings
  BOW_MODULE_NOT_RECOGNISED: (f: { place: string; got: string }) =>
    `${f.place} is ${f.got}, not a module. Give what defineModule(...) or new ContainerModule(...) returns; a module with options is a function that must be called.`,
  BOW_MODULE_FAILED: (f: { module: string; reason: string }) =>
    `Loading ${f.module} failed: ${ended(f.reason)} What it would have bound is missing, and is not reported besides.`,
  BOW_NOT_A_CLASS: (f: { place: string; got: string }) =>
    `${f.place} is ${f.got}, not a class. ${f.got === 'undefined' ? 'Two files that import each other see undefined: move what both need into a third.' : 'List the class itself; values and factories are bound in the bind function.'}`,
  BOW_BINDING_FAILED: (f: { module: string; identifier: string; reason: string }) =>
    `${f.module} could not bind ${f.identifier}: ${ended(f.reason)}`,
  BOW_UNDECORATED_CLASS: (f: { name: string; module: string; count: number }) =>
    `${f.name}, bound in ${f.module}, has ${f.count} constructor parameter${f.count === 1 ? '' : 's'} and no decorator, so nobody knows what to inject. Put @Injectable() on it.`,
  BOW_UNBOUND: (f: { identifier: string; chain: readonly string[]; mend: string }) =>
    `${f.identifier} is not bound, but ${f.chain.join(' -> ')} needs it. ${f.mend}`,
  BOW_CIRCULAR_DEPENDENCY: (f: { chain: readonly string[] }) =>
    `Circular dependency: ${f.chain.join(' -> ')}. Move what both need into a third class, or bind a factory, which one of them calls when it needs the other.`,
  BOW_CAPTIVE_DEPENDENCY: (f: { singleton: string; held: string; scope: string; chain: readonly string[] }) =>
    `${f.singleton} lives as long as the application, but would hold ${f.held} for ever, which is ${f.scope}-scoped (${f.chain.join(' -> ')}). ${f.held === 'HttpContext' ? 'Inject CurrentRequest in its place, which leads to the request of the moment' : `Give ${f.singleton} the same scope`}, or hand over what it needs as an argument.`,
  BOW_AMBIGUOUS_BINDING: (f: { identifier: string; places: readonly string[]; wantedBy: string }) =>
    `${f.identifier} is bound ${f.places.length} times (${f.places.join(', ')}), but ${f.wantedBy} takes one. Remove a binding, name them (whenNamed and @Named), or take all of them with @MultiInject.`,
  BOW_BOUND_TWICE: (f: { identifier: string; first: string; second: string }) =>
    `${f.identifier} is bound in ${f.first} and again in ${f.second}. Keep one of the two, and import that module where the other stood.`,
  BOW_LOST_INJECTIONS: (f: { name: string; base: string; lost: readonly string[] }) =>
    `${f.name} extends ${f.base}, but does not inherit what was decorated there (${f.lost.join(', ')}). Put @InjectFromBase() on ${f.name}.`,
  BOW_CONSTRUCTOR_TYPE_LOST: (f: { where: string; emitted: string; mend: string }) =>
    `The type of ${f.where} was lost (the compiler wrote ${f.emitted}). ${f.mend}`,
  BOW_NO_METADATA: (f: { name: string }) =>
    `The compiler wrote no types for the constructor of ${f.name}. Turn on "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig.json, or put @Inject(Type) on each parameter.`,
  BOW_TWO_COPIES: (f: { package: string; found: string }) =>
    `Two copies of ${f.package} are loaded (${f.found}), and what one writes the other does not see. Run "npm ls ${f.package}" and keep one version; a linked package needs it as a peer dependency.`,
  BOW_NOT_RESOLVED: (f: { identifier: string; reason: string }) =>
    `${f.identifier} could not be built: ${ended(f.reason)}`,

  // Start and stop
  BOW_OUT_OF_TIME: (f: { name: string; timeout: number }) =>
    `${f.name} was not done after ${f.timeout} ms, and nobody waits for it any longer. Give it more time, or make it end when its signal aborts.`,
  BOW_START_GIVEN_UP: (f: { reason: string }) =>
    `The start was given up, since the application was told to stop meanwhile (${f.reason}).`,
  BOW_STOP_FORCED: (f: { reason: string }) =>
    `The stop (${f.reason}) was told to hurry, so that nobody is waited for any longer. A second signal does that, and manager.force().`,
  BOW_GRACE_PERIOD_EXCEEDED: (f: { conflict: string }) =>
    `The parts of a stop do not fit into its grace period: ${f.conflict}. Make a part shorter, or the gracePeriod longer if the platform waits that long before it kills.`,
  BOW_SERVICE_NAME_TAKEN: (f: { name: string }) =>
    `Two servers or hosted services are called '${f.name}'. Give one of them another name.`,
  BOW_SERVICE_UNKNOWN: (f: { name: string; other: string; known: readonly string[]; nearest: string | undefined }) =>
    `'${f.name}' depends on '${f.other}', which is no server and no hosted service (known: ${f.known.join(', ')}).${f.nearest === undefined ? ' Add it, or remove it from dependsOn.' : ` Did you mean '${f.nearest}'?`}`,
  BOW_SERVICE_CIRCLE: (f: { chain: readonly string[] }) =>
    `Servers or hosted services depend on each other in a circle: ${f.chain.join(' -> ')}. None of them could start first; take one dependsOn away.`,
  BOW_HEALTH_INDICATOR_INVALID: (f: { indicator: string; reason: string }) =>
    `${f.indicator} cannot be a health check: ${ended(f.reason)}`,

  // Controllers and routes
  BOW_DECORATOR_MISUSED: (f: { decorator: string; where: string; problem: string }) =>
    `${f.decorator} on ${f.where} ${f.problem}.`,
  BOW_NO_CONTROLLER: (f: { name: string; module: string; routes: readonly string[] }) =>
    f.routes.length === 0
      ? `${f.name} is among the controllers of ${f.module}, but is no @Controller. Put @Controller('/path') on it, or list it among the services.`
      : `${f.name} has routes (${f.routes.join(', ')}) but no @Controller, so nothing would serve them. Put @Controller('/path') on it.`,
  BOW_NO_ROUTES: (f: { name: string }) =>
    `${f.name} is a @Controller without one route. Give it a method with @Get or another verb, or remove it from its module.`,
  BOW_PATH_INVALID: (f: { where: string; path: string; reason: string }) =>
    `${f.where} has the path '${f.path}': ${f.reason}.`,
  BOW_ROUTE_DUPLICATED: (f: { route: string; first: string; second: string }) =>
    `${f.route} is declared by ${f.first} and again by ${f.second}. Remove one, or give it another path or version.`,
  BOW_ROUTE_UNKNOWN: (f: { route: string; nearest: string | undefined }) =>
    `There is no route '${f.route}'. ${f.nearest === undefined ? "Write its method and path as app.routes has them, prefix included, or its handler, as in 'OrderController.find'." : `Did you mean '${f.nearest}'?`}`,
  BOW_FOLDER_INVALID: (f: { where: string; folder: string; problem: string }) =>
    `${f.folder}, for ${f.where}, ${f.problem}. Create it before the start, or give its path: a relative one starts at the working directory.`,
  BOW_ROUTE_UNREACHABLE: (f: { route: string; where: string; reason: string }) =>
    `No request can reach ${f.route} of ${f.where}: ${f.reason}.`,
  BOW_PARAMETER_TYPE_LOST: (f: { where: string; emitted: string; mend: string }) =>
    `The type of ${f.where} was lost (the compiler wrote ${f.emitted}). ${f.mend}`,
  BOW_PARAMETER_INVALID: (f: { where: string; reason: string }) => `${f.where}: ${ended(f.reason)}`,
  BOW_PARAMETER_NOT_IN_PATH: (f: { where: string; name: string; path: string; known: string }) =>
    `${f.where} asks for ':${f.name}', which the path '${f.path}' does not have (${f.known}).`,
  BOW_RETURNS_INVALID: (f: { where: string; reason: string }) => `@Returns of ${f.where}: ${ended(f.reason)}`,
  BOW_STAGE_INVALID: (f: { where: string; reason: string }) => `${f.where}: ${ended(f.reason)}`,
  BOW_ROUTE_UNGUARDED: (f: { route: string; handler: string }) =>
    `${f.route} (${f.handler}) has no guard, and requireGuard says that each route has one. Put @UseGuards(...) on it or on its controller, or bind a GlobalGuard.`,
  BOW_DTO_WITHOUT_RULES: (f: { where: string; name: string; wayOut: string }) =>
    `${f.where} takes a ${f.name}, which has no validation rule, so anything would pass. Decorate its properties with class-validator, or ${f.wayOut}.`,
  BOW_GROUPS_WITHOUT_RULES: (f: { where: string; name: string; groups: readonly string[]; known: readonly string[] }) =>
    `${f.where} takes a ${f.name}, which has no rule of the ${f.groups.length === 1 ? 'group' : 'groups'} ${f.groups.join(', ')}, so every request would be refused. ${f.known.length === 0 ? `No rule of it is in a group: write { groups: ['${f.groups[0]}'] } or { always: true } on those that are to be asked` : `Its rules have the groups ${f.known.join(', ')}`}.`,
  BOW_NESTED_UNCHECKED: (f: { field: string; holds: string; list: boolean }) =>
    `${f.field} holds ${f.list ? 'a list of ' : ''}${f.holds}, whose rules nobody asks, so anything would pass. Put @ValidateNested(${f.list ? '{ each: true }' : ''}) and @Type(() => ${f.holds}) on it.`,
  BOW_SERVER_UNKNOWN: (f: { where: string; server: string; known: readonly string[]; nearest: string | undefined }) =>
    `${f.where} names the server '${f.server}', which is not declared (declared: ${f.known.join(', ')}). ${f.nearest === undefined ? `Add it to the servers of createApplication.` : `Did you mean '${f.nearest}'?`}`,
  BOW_PROVIDER_AMBIGUOUS: (f: { server: string; providers: readonly string[] }) =>
    `The server '${f.server}' has ${f.providers.length} HTTP providers (${f.providers.join(', ')}). Bind one, or name them by server with whenNamed('admin').`,
  BOW_PROVIDER_UNUSED: (f: { provider: string; module: string; known: readonly string[] }) =>
    `${f.provider}, bound as HttpProvider in ${f.module}, is for a server that is not declared (declared: ${f.known.join(', ')}). Name one of these with whenNamed, or add the server.`,
  BOW_CAPABILITY_MISSING: (f: { where: string; provider: string; capability: string }) =>
    `${f.where} needs '${f.capability}', which the ${f.provider} provider cannot do. Bind another provider for this server; docs/providers.md has the matrix.`,
  BOW_PACKAGE_MISSING: (f: { package: string; neededBy: string }) =>
    `${f.neededBy} needs the package ${f.package}, which is not installed. Run: npm install ${f.package}`,
  BOW_NATIVE_INSTANCE: (f: { provider: string; reason: string }) =>
    `The ${f.provider} instance that was handed in cannot be used: ${ended(f.reason)}`,

  // Options
  BOW_OPTION_UNKNOWN: (f: { option: string; nearest: string | undefined; known: readonly string[] }) =>
    `There is no option ${f.option}. ${f.nearest === undefined ? `Known here: ${f.known.join(', ')}.` : `Did you mean ${f.nearest}?`}`,
  BOW_OPTION_INVALID: (f: { option: string; got: string; expected: string }) =>
    `${f.option} is ${f.got}; it must be ${f.expected}.`,

  BOW_EVENT_UNKNOWN: (f: { event: string; nearest: string | undefined; known: readonly string[] }) =>
    `There is no event '${f.event}'. ${f.nearest === undefined ? `Known are ${f.known.join(', ')}.` : `Did you mean '${f.nearest}'?`}`,

  // Resilience
  BOW_CIRCUIT_OPEN: (f: { policy: string; state: string; retryAfter: number }) =>
    `${f.policy} refused the call: its circuit is ${f.state === 'isolated' ? 'isolated until close() is called' : `${f.state === 'halfOpen' ? 'half-open and tries other calls first' : 'open'}, ask again in ${f.retryAfter} ms`}.`,
  BOW_BULKHEAD_FULL: (f: { policy: string; reason: string }) => `${f.policy} refused the call: ${f.reason}.`,
  BOW_RATE_LIMITED: (f: { policy: string; limit: number; window: number; retryAfter: number }) =>
    `${f.policy} refused the call: ${Number.isNaN(f.limit) ? 'more came than is allowed' : `${f.limit} in ${f.window} ms are allowed`}, ask again in ${f.retryAfter} ms.`,
  BOW_DEADLINE_EXCEEDED: (f: { policy: string; reason: string }) => `${f.policy} gave the call up: ${f.reason}.`,
  BOW_SHUTTING_DOWN: (f: { policy: string }) => `${f.policy} refused the call, since it is being shut down.`,
  BOW_TIMED_OUT: (f: { policy: string; timeout: number }) =>
    `${f.policy} ended the call, which had not answered after ${f.timeout} ms.`,
  BOW_CHAOS_IN_PRODUCTION: (f: { policy: string }) =>
    `${f.policy} harms calls on purpose, and NODE_ENV is production. Take it out, or write allowInProduction: true where that is what you want.`,
  BOW_POLICY_CONFLICT: (f: { name: string; kind: string; first: string; second: string }) =>
    `The pipeline '${f.name}' has two sets of options for ${f.kind}: ${f.first} and ${f.second}. Say them once, best under policies of createApplication, and use the name elsewhere.`,
  BOW_POLICY_UNKNOWN: (f: { where: string; name: string; nearest: string | undefined; known: readonly string[] }) =>
    `${f.where} names the pipeline '${f.name}', which nobody defines${f.known.length === 0 ? '' : ` (known: ${f.known.join(', ')})`}. ${f.nearest === undefined ? 'Add it to the policies of createApplication.' : `Did you mean '${f.nearest}'?`}`,
  BOW_POLICY_AMBIGUOUS: (f: { where: string; pipelines: readonly string[] }) =>
    `${f.where} would go through several pipelines at once (${f.pipelines.join(', ')}). Name one; what the others do can be added to it.`,
  BOW_POLICY_NAMELESS: (f: { type: string; modules: readonly string[]; pipeline: string; decorator: string }) =>
    `Two classes are called ${f.type} (in ${f.modules.join(' and ')}), and '${f.pipeline}' would be the pipeline of both, as their decorators name none. Give each one of its own: ${f.decorator}('a name', ...).`,
  BOW_POLICY_UNAPPLICABLE: (f: { where: string; reason: string }) =>
    `No policy can be put around ${f.where}: ${ended(f.reason)}`,
  BOW_POLICY_SOURCE_UNWATCHED: (f: { reason: string }) =>
    `The PolicySource cannot be watched: ${ended(f.reason)} Let watch() begin, and return at once the function that ends it; leave it out where nothing changes.`,
  BOW_PIPELINE_INVALID: (f: { pipeline: string; reason: string }) => `${f.pipeline}: ${ended(f.reason)}`,

  // The HTTP client
  BOW_CLIENT_STATUS: (f: { request: string; status: number; title: string; detail: string | undefined }) =>
    `${f.request} was answered with ${f.status}${f.title === '' ? '' : ` ${f.title}`}${f.detail === undefined ? '.' : `: ${ended(f.detail)}`} Catch it where such an answer means something, or write throwOnError: false.`,
  BOW_CLIENT_UNREACHABLE: (f: { request: string; reason: string }) =>
    `${f.request} was not sent, since no connection could be made: ${ended(f.reason)}`,
  BOW_CLIENT_CONNECTION_LOST: (f: { request: string; reason: string }) =>
    `${f.request} was not answered in full, since its connection was lost: ${ended(f.reason)} What was asked for may have been done.`,
  BOW_CLIENT_TIMED_OUT: (f: { request: string; part: 'head' | 'body' | 'attempt'; timeout: number }) =>
    `${f.request} was given up, since ${reasonOfTimeout(f)}. What was asked for may have been done.`,
  BOW_CLIENT_ANSWER_INVALID: (f: { request: string; reason: string }) =>
    `The answer to ${f.request} cannot be used: ${ended(f.reason)}`,
  BOW_CLIENT_REQUEST_INVALID: (f: { request: string; reason: string }) =>
    `${f.request} cannot be sent: ${ended(f.reason)}`,

  // While it runs
  BOW_BOOT_FAILED: (f: { count: number; problems: readonly string[]; what?: string }) =>
    `${f.what ?? 'The application cannot start'}: ${f.count} problem${f.count === 1 ? '' : 's'} found.\n\n${f.problems.map((text, index) => `  ${index + 1}. ${text}`).join('\n\n')}\n`,
  BOW_LISTEN_FAILED: (f: { server: string; address: string; reason: string }) =>
    `The server '${f.server}' cannot listen on ${f.address}: ${ended(f.reason)}`,
  BOW_WRONG_STATE: (f: { call: string; state: string; mend: string }) =>
    `${f.call} was called while the application is ${f.state}. ${f.mend}`,
  BOW_NO_CURRENT_CONTEXT: (f: { call: string }) =>
    `${f.call} found no current context: nothing that this route's controller injects reads it, or this runs outside of a request. Inject CurrentRequest where it is read, or write createApplication({ context: 'on' }).`,
  BOW_CONTEXT_KEY_MISSING: (f: { key: string; id: string }) =>
    `Nobody put '${f.key}' into the context of call ${f.id}. Put it in a middleware or guard that runs before, or ask with ctx.has() first.`,
  BOW_NEXT_CALLED_TWICE: (f: { middleware: string }) =>
    `${f.middleware} called next() twice for one request. What is inside a middleware runs once; to run a handler again is what an interceptor can do.`,
  BOW_NEXT_CALLED_LATE: (f: { middleware: string }) =>
    `${f.middleware} called next() when it had ended and its request was answered, so nothing was run. Return or await next(); what comes by a callback needs a promise that is waited for.`,
  BOW_MIDDLEWARE_SILENT: (f: { middleware: string }) =>
    `${f.middleware} ended without next() and without an answer. Return or await next(), or answer with ctx.send(...); what comes by a callback needs a promise that is waited for.`,
  BOW_GUARD_VERDICT: (f: { guard: string; verdict: string }) =>
    `${f.guard} gave ${f.verdict}, and a guard gives true or false. The request was refused; return one of the two.`,
  BOW_ASYNCHRONOUS_BINDING: (f: { identifier: string }) =>
    `${f.identifier} was asked for at once, but is made asynchronously, or something that it needs is. Ask with getAsync() and await it.`,
  BOW_BODY_TAKEN: (f: { route: string }) =>
    `The body of ${f.route} cannot be read: it was read before, and comes once. Take it in one way, as a stream or whole, and keep native middleware that reads it (multer, formidable, a form parser) from this path.`,
  BOW_RESPONSE_MISFIT: (f: { route: string; path: string; expected: string; got: string }) =>
    `${f.route} returns what its @Returns does not promise: ${f.path === '' ? 'the answer' : f.path} is ${f.got}, and should be ${f.expected}.`,
  BOW_REPLY_INVALID: (f: { route: string; reason: string }) => `The reply of ${f.route} cannot be sent: ${f.reason}.`,
  BOW_OVERRIDE_UNMATCHED: (f: { identifier: string; nearest: string | undefined }) =>
    `The test overrides ${f.identifier}, which no module binds. ${f.nearest === undefined ? 'Bind it in a module of the test instead.' : `Did you mean ${f.nearest}?`}`,
  BOW_REQUESTS_DROPPED: (f: {
    sent: number;
    lost: number;
    kinds: readonly string[];
    requests: readonly string[];
    stops: readonly string[];
    seed: number;
  }) => {
    const more = f.lost - f.requests.length;
    const lines = [...f.stops, ...f.requests, ...(more > 0 ? [`and ${more} more`] : [])];
    return `${f.lost === 0 ? 'No' : f.lost} request${f.lost === 1 ? '' : 's'} of ${f.sent} ${f.lost === 1 ? 'was' : 'were'} lost (${f.kinds.join(', ')})${f.lost === 0 ? ', but a stop failed' : ''}.\n\n${lines.map((line) => `  ${line}`).join('\n')}\n\nThe section of this code in docs/errors.md says what each kind comes from. The load was that of \`seed: ${f.seed}\`.`;
  },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** What the sentence of a code needs to know. */
export type ErrorFacts<C extends ErrorCode> = Parameters<(typeof errorCatalogue)[C]>[0];

export function errorSentence<C extends ErrorCode>(code: C, facts: ErrorFacts<C>): string {
  const sentence = errorCatalogue[code] as (facts: ErrorFacts<C>) => string;
  return sentence(facts);
}

/** The reasons of others end as they like, sentences with a full stop. */
function ended(reason: string): string {
  return /[.!?]$/.test(reason) ? reason : `${reason}.`;
}

function reasonOfTimeout({ part, timeout }: { part: 'head' | 'body' | 'attempt'; timeout: number }): string {
  if (part === 'head') return `no answer began within ${timeout} ms (headersTimeout)`;
  if (part === 'body') return `nothing more of the answer came for ${timeout} ms (bodyTimeout)`;
  return `the service did not answer within the ${timeout} ms that it was told the attempt has`;
}
