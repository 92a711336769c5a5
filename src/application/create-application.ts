import { randomUUID } from 'node:crypto';
import { checkGraph, loadModules, type Override } from '../container/index.js';
import { BootReport, Clock, Logger, reasonOf, SystemClock } from '../foundation/index.js';
import { ErrorFormat, problemFormat, type ServerOptions } from '../http/index.js';
import { collectRoutes, placeRoutes, type PlacedDefinition } from '../routing/index.js';
import { ClassValidation } from '../validation/index.js';
import { Application } from './application.js';
import { isLogger, resolveOptions, type ApplicationOptions } from './application-options.js';
import { chooseProviders } from './choose-providers.js';
import { collectControllers } from './collect-controllers.js';
import { createPinoLogger } from './pino-logger.js';

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
  const loaded = await loadModules(await modulesOf(options, report), {
    report,
    overrides,
    defaults: (bindDefault) => {
      bindDefault(Logger, (to) =>
        to.toConstantValue(isLogger(options.logger) ? options.logger : createPinoLogger(options.logger)),
      );
      bindDefault(ErrorFormat, (to) => to.toConstantValue(problemFormat));
      bindDefault(Clock, (to) => to.toConstantValue(new SystemClock()));
    },
  });
  const clock = loaded.container.get(Clock);
  const controllers = collectControllers(loaded, resolved.servers, report);
  checkGraph(
    loaded,
    controllers.map(({ binding }) => binding),
    report,
  );
  const collection = { report, validation: new ClassValidation(report), clock, servers: resolved.servers };
  const definitions = [];
  for (const bound of controllers) definitions.push(...(await collectRoutes(bound, collection)));
  const placed = new Map<string, readonly PlacedDefinition[]>();
  for (const server of resolved.servers.values()) {
    const own = definitions.filter(({ description }) => description.server === server.name);
    placed.set(server.name, placeRoutes(own, server, report));
  }
  const providers = await chooseProviders(loaded, resolved.servers, report);
  report.throwIfAny();
  return new Application({ options: resolved, loaded, clock, controllers, placed, providers, generateId: randomUUID });
}

async function modulesOf({ modules = [] }: ApplicationOptions, report: BootReport): Promise<readonly unknown[]> {
  if (Array.isArray(modules)) return modules as readonly unknown[];
  if (typeof modules !== 'function') return [];
  try {
    const given: unknown = await modules();
    if (Array.isArray(given)) return given as readonly unknown[];
    report.add('BOW_OPTION_INVALID', { option: 'options.modules()', got: typeof given, expected: 'a list of modules' });
  } catch (error) {
    report.add('BOW_MODULE_FAILED', { module: 'options.modules()', reason: reasonOf(error) }, error);
  }
  return [];
}
