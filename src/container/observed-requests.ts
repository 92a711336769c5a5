import type { ResolutionContext, ServiceIdentifier } from 'inversify';

/** One thing that a function asked the container for. */
export interface AskedRequest {
  readonly identifier: ServiceIdentifier;
  readonly name: string | symbol | undefined;
}

type Builder = (context: ResolutionContext) => unknown;

const kAsked = Symbol('asked');
const asking = ['get', 'getAll', 'getAsync', 'getAllAsync'] as const;

/** The same builder of a dynamic value or factory; what it asks the container for is written down, whenever that is. */
export function observed(builder: Builder): Builder {
  const asked: AskedRequest[] = [];
  const observing = (context: ResolutionContext): unknown => builder(recording(context, asked));
  return Object.assign(observing, { [kAsked]: asked });
}

/** What an observed builder has asked for so far. */
export function askedBy(builder: unknown): readonly AskedRequest[] {
  return (builder as { readonly [kAsked]?: readonly AskedRequest[] } | undefined)?.[kAsked] ?? [];
}

function recording(context: ResolutionContext, asked: AskedRequest[]): ResolutionContext {
  const recorder: Record<string, unknown> = Object.create(context) as Record<string, unknown>;
  for (const name of asking) {
    const ask = context[name].bind(context) as (...args: readonly unknown[]) => unknown;
    recorder[name] = (identifier: ServiceIdentifier, options?: { readonly name?: string | symbol }): unknown => {
      note(asked, identifier, options?.name);
      return ask(identifier, options);
    };
  }
  return recorder as unknown as ResolutionContext;
}

/** A factory may ask for the same thing with each call. */
function note(asked: AskedRequest[], identifier: ServiceIdentifier, name: string | symbol | undefined): void {
  if (!asked.some((each) => each.identifier === identifier && each.name === name)) asked.push({ identifier, name });
}
