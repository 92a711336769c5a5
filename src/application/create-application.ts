import { randomUUID } from 'node:crypto';
import type { ServiceIdentifier } from 'inversify';
import {
  loadModules,
  recordDisposables,
  RequestScopeRunner,
  type LoadedContainer,
  type Override,
} from '../container/index.js';
import { Reflector } from '../decorators/index.js';
import {
  BootReport,
  Clock,
  describeValue,
  LifecycleEventSource,
  Logger,
  logSafely,
  nameOf,
  reasonOf,
  SystemClock,
  type ClassType,
} from '../foundation/index.js';
import {
  ambientRequest,
  CurrentRequest,
  ErrorFormat,
  problemFormat,
  StaticFolder,
  Uploads,
  type ServerOptions,
} from '../http/index.js';
import { checkStaticFolders } from '../routing/index.js';
import { NamedPipelines, PolicyRegistry } from '../resilience/index.js';
import { ApplicationPolicies } from './application-policies.js';
import { Application } from './application.js';
import { RouteMarks } from './backstop.js';
import { reportLacking, reportMessages } from './check-contracts.js';
import { resolveOptions, type ApplicationOptions } from './application-options.js';
import { reportUnshared } from './find-hooks.js';
import { chooseProviders } from './choose-providers.js';
import { collectControllers } from './collect-controllers.js';
import { loadPlainOf } from '../validation/index.js';
import { StageBindings } from './bind-stages.js';
import { LateRunner } from './late-runner.js';
import { planRoutes } from './plan-routes.js';
import { reportUnsharedIndicators } from './management/find-indicators.js';
import { checkMounted } from './management/management-routes.js';

/**
 * Puts an application together from modules: one container, every route read, every mistake found. Rejects with one
 * {@link BootError} that lists all of them. Opens nothing and builds no controller: that is `start` and `listen`.
 */
export function createApplication<const Servers extends Record<string, ServerOptions> = {}>(
  options: ApplicationOptions<Servers> = {},
): Promise<Application<'main' | (keyof Servers & string)>> {
  return assembleApplication(options, []);
}

/** The same with bindings replaced, which is what tests do. */
export async function assembleApplication<Names extends string>(
  options: ApplicationOptions,
  overrides: readonly Override[],
): Promise<Application<Names>> {
  const report = new BootReport();
  const resolved = resolveOptions(options, report);
  const bindings = new StageBindings();
  const runner = new LateRunner();
  const pipelines = new NamedPipelines();
  const loaded = await loadModules(await modulesOf(options, report), {
    report,
    overrides,
    defaults: (bindDefault, loading) => {
      bindDefault(Logger, (to) => to.toConstantValue(resolved.logger));
      bindDefault(ErrorFormat, (to) => to.toConstantValue(problemFormat));
      bindDefault(Reflector, (to) => to.toConstantValue(new Reflector()));
      bindDefault(CurrentRequest, (to) => to.toConstantValue(ambientRequest));
      bindDefault(Clock, (to) => to.toConstantValue(new SystemClock()));
      bindDefault(RequestScopeRunner, (to) => to.toConstantValue(runner));
      bindDefault(PolicyRegistry, (to) => to.toConstantValue(pipelines));
      bindings.bindAll(loading, bindDefault);
    },
  });
  for (const contract of [Logger, ErrorFormat, Clock]) reportAmbiguous(loaded, contract, report);
  reportLacking(loaded, report);
  reportMessages(loaded, report);
  reportUnshared(loaded, report);
  reportUnsharedIndicators(loaded, report);
  const controllers = collectControllers(loaded, resolved.servers, report);
  const uploads = new Uploads();
  const plainOf = await loadPlainOf();
  const plan = await planRoutes({ loaded, bindings, options: resolved, controllers, uploads, plainOf, report });
  const providers = await chooseProviders(loaded, resolved.servers, report);
  const folders = await boundFolders(loaded, report);
  checkStaticFolders(folders, resolved.servers, report);
  if (resolved.management !== undefined)
    checkMounted(resolved.management, resolved.servers, plan.placed, folders, report);
  const policies = await ApplicationPolicies.plan(loaded, resolved.policies, pipelines, report);
  report.throwIfAny();
  recordDisposables(loaded);
  const [log, clock] = await resolveFrame(loaded);
  const events = new LifecycleEventSource(resolved.name, (error) =>
    logSafely(log, 'error', 'A listener of events threw', { error }),
  );
  await policies.begin({ loaded, clock, log, events });
  const application = new Application<Names>({
    options: resolved,
    loaded,
    log,
    clock,
    events,
    controllers,
    plan,
    providers,
    folders,
    uploads,
    plainOf,
    scopes: loaded.createScopes({ log, clock, timeout: resolved.timeouts.service }),
    policies,
    marks: new RouteMarks(),
    generateId: randomUUID,
  });
  runner.use(application);
  return application;
}

/** What tells of everything else, and measures it, is made before everything else. */
async function resolveFrame(loaded: LoadedContainer): Promise<readonly [Logger, Clock]> {
  const report = new BootReport();
  const made: unknown[] = [];
  for (const contract of [Logger, Clock]) {
    try {
      made.push(
        await loaded
          .bindingsOf(contract as ServiceIdentifier)
          .find((binding) => binding.satisfies())
          ?.resolve(),
      );
    } catch (error) {
      report.add('BOW_NOT_RESOLVED', { identifier: nameOf(contract), reason: reasonOf(error) }, error);
    }
  }
  reportLacking(loaded, report);
  report.throwIfAny();
  return made as unknown as readonly [Logger, Clock];
}

async function boundFolders(loaded: LoadedContainer, report: BootReport): Promise<StaticFolder[]> {
  const folders: StaticFolder[] = [];
  for (const binding of loaded.bindingsOf(StaticFolder)) {
    try {
      folders.push((await binding.resolve()) as StaticFolder);
    } catch (error) {
      report.add('BOW_NOT_RESOLVED', { identifier: nameOf(StaticFolder), reason: reasonOf(error) }, error);
    }
  }
  return folders;
}

/** The application takes one of each itself, which is not to be seen in the graph. */
function reportAmbiguous(loaded: LoadedContainer, contract: ClassType, report: BootReport): void {
  const bindings = loaded.bindingsOf(contract as ServiceIdentifier).filter((binding) => binding.satisfies());
  if (bindings.length === 1) return;
  const places = bindings.map((binding) => binding.module.name);
  report.add('BOW_AMBIGUOUS_BINDING', { identifier: nameOf(contract), places, wantedBy: 'the application' });
}

async function modulesOf(options: ApplicationOptions, report: BootReport): Promise<readonly unknown[]> {
  // Whatever is no object has been reported.
  const { modules = [] } = (options as ApplicationOptions | null) ?? {};
  if (Array.isArray(modules)) return modules as readonly unknown[];
  if (typeof modules !== 'function') return [];
  try {
    const given: unknown = await modules();
    if (Array.isArray(given)) return given as readonly unknown[];
    report.add('BOW_OPTION_INVALID', {
      option: 'options.modules()',
      got: describeValue(given),
      expected: 'a list of modules',
    });
  } catch (error) {
    report.add('BOW_MODULE_FAILED', { module: 'options.modules()', reason: reasonOf(error) }, error);
  }
  return [];
}
