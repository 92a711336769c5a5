import { BootError, createApplication, type ApplicationOptions, type ClassType } from 'bowline';
import { defineModule, type ContainerModule, type ModuleOptions } from 'bowline';

/** Every problem of a boot as `text [CODE]`; none where it succeeds. */
export async function problemsOf(options: ApplicationOptions | readonly ContainerModule[]): Promise<readonly string[]> {
  const quiet = { logger: { level: 'silent' }, signals: false } as const;
  const given = Array.isArray(options) ? { modules: options } : (options as ApplicationOptions);
  try {
    await createApplication(typeof given === 'object' && given !== null ? { ...quiet, ...given } : given);
    return [];
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    return error.problems.map(({ message, code }) => `${message} [${code}]`);
  }
}

/** A module named `shop`, which is what sentences call it. */
export function shop(options: ModuleOptions): ContainerModule {
  return defineModule({ name: 'shop', ...options });
}

/** As a compiler leaves a class whose types it does not write. */
export function withoutTypes(type: ClassType, method?: string): void {
  if (method === undefined) Reflect.deleteMetadata('design:paramtypes', type);
  else Reflect.deleteMetadata('design:paramtypes', type.prototype as object, method);
}

/** As a compiler leaves a class where it could not write a type, or wrote another one. */
export function withTypes(type: ClassType, types: readonly unknown[], method?: string): void {
  if (method === undefined) Reflect.defineMetadata('design:paramtypes', types, type);
  else Reflect.defineMetadata('design:paramtypes', types, type.prototype as object, method);
}
