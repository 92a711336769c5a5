import type { ResolutionContext } from 'inversify';

/** Hears of what is made, with what it is made for. */
export type MadeListener = (context: ResolutionContext, instance: unknown) => void;

/** What Inversify calls with an instance, and takes the result of in its place. */
export type Activation = (context: ResolutionContext, instance: unknown) => unknown;

const kListener = Symbol('listener');

/** An activation that tells `listener` of what `given` has made of an instance, and of the instance where there is no `given`. */
export function tellingActivation(listener: MadeListener, given: Activation | undefined): Activation {
  const tell = (context: ResolutionContext, instance: unknown): unknown => {
    listener(context, instance);
    return instance;
  };
  if (given === undefined) return Object.assign(tell, { [kListener]: listener });
  return (context, instance) => {
    const activated = given(context, instance);
    return activated instanceof Promise
      ? activated.then((each: unknown) => tell(context, each))
      : tell(context, activated);
  };
}

/** The listener of an activation that does nothing else; undefined for any other. */
export function listenerOf(activation: unknown): MadeListener | undefined {
  return (activation as { readonly [kListener]?: MadeListener } | undefined)?.[kListener];
}
