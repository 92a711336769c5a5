import { metadataKey, type MetadataKey } from '../foundation/index.js';

/** How long an instance lives: as long as the application, for one `get()`, or for each place that takes it anew. */
export type Scope = 'singleton' | 'request' | 'transient';

export interface InjectableOptions {
  /** A scope chosen where the class is bound wins over this one. @default 'singleton' */
  readonly scope?: Scope;
  /** Whether a singleton is built when somebody first asks for it, and not when the application starts. @default false */
  readonly lazy?: boolean;
}

/**
 * What `@Injectable` and `@Controller` append. Inversify's own metadata is written when a module is loaded, so
 * decorators combine in any order and none of them throws.
 */
export const injectableKey: MetadataKey<InjectableOptions> = metadataKey('injectable');

export interface InjectFromBaseOptions {
  /** @default true */
  readonly extendConstructorArguments?: boolean;
  /** @default true */
  readonly extendProperties?: boolean;
}

/** What `@InjectFromBase` appends. It takes effect when a module is loaded, after the base class has its metadata. */
export const injectFromBaseKey: MetadataKey<InjectFromBaseOptions> = metadataKey('injectFromBase');
