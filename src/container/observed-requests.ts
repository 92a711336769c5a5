import type { GetOptions, OptionalGetOptions, ResolutionContext, ServiceIdentifier } from 'inversify';
import { passScope } from './request-scope.js';

/** One thing that a function asked the container for. */
export interface AskedRequest {
  readonly identifier: ServiceIdentifier;
  readonly name: string | symbol | undefined;
}

type Builder = (context: ResolutionContext) => unknown;
type Options = GetOptions | OptionalGetOptions;

const kAsked = Symbol('asked');

/** The same builder of a dynamic value or factory; what it asks the container for is written down, whenever that is. */
export function observed(builder: Builder): Builder {
  if (kAsked in builder) return builder;
  const asked: AskedRequest[] = [];
  const observing = (context: ResolutionContext): unknown => builder(new RecordingContext(context, asked));
  return Object.assign(observing, { [kAsked]: asked });
}

const kCallValue = Symbol('value of the call');

/** Says of a builder that it gives at once what belongs to the call, and asks the container for nothing: nobody has to watch it. */
export function valueOfCall<B extends Builder>(builder: B): B {
  return Object.assign(builder, { [kAsked]: [], [kCallValue]: true });
}

export function isValueOfCall(builder: object): boolean {
  return kCallValue in builder;
}

/** What an observed builder has asked for so far. */
export function askedBy(builder: unknown): readonly AskedRequest[] {
  return (builder as { readonly [kAsked]?: readonly AskedRequest[] } | undefined)?.[kAsked] ?? [];
}

class RecordingContext implements ResolutionContext {
  readonly #context: ResolutionContext;
  readonly #asked: AskedRequest[];

  constructor(context: ResolutionContext, asked: AskedRequest[]) {
    this.#context = context;
    this.#asked = asked;
    passScope(this, context);
  }

  get<T>(identifier: ServiceIdentifier<T>, options: OptionalGetOptions): T | undefined;
  get<T>(identifier: ServiceIdentifier<T>, options?: GetOptions): T;
  get(identifier: ServiceIdentifier, options?: Options): unknown {
    this.#note(identifier, options);
    return this.#context.get(identifier, options as GetOptions);
  }

  getAll<T>(identifier: ServiceIdentifier<T>, options?: GetOptions): T[] {
    this.#note(identifier, options);
    return this.#context.getAll(identifier, options);
  }

  getAsync<T>(identifier: ServiceIdentifier<T>, options: OptionalGetOptions): Promise<T | undefined>;
  getAsync<T>(identifier: ServiceIdentifier<T>, options?: GetOptions): Promise<T>;
  getAsync(identifier: ServiceIdentifier, options?: Options): Promise<unknown> {
    this.#note(identifier, options);
    return this.#context.getAsync(identifier, options as GetOptions);
  }

  getAllAsync<T>(identifier: ServiceIdentifier<T>, options?: GetOptions): Promise<T[]> {
    this.#note(identifier, options);
    return this.#context.getAllAsync(identifier, options);
  }

  getActivations<T>(
    identifier: ServiceIdentifier<T>,
  ): ReturnType<ResolutionContext['getActivations']> & Iterable<never> {
    return this.#context.getActivations(identifier) as never;
  }

  /** A factory may ask for the same thing with each call. */
  #note(identifier: ServiceIdentifier, options: Options | undefined): void {
    const name = options?.name as string | symbol | undefined;
    if (!this.#asked.some((each) => each.identifier === identifier && each.name === name))
      this.#asked.push({ identifier, name });
  }
}
