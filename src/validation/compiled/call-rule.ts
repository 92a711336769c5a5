import type { Constraint, Rule } from './library-metadata.js';

/** Whether a value passes a rule, for what holds it and, of a list, for one element of it. */
export type RuleCall = (object: object, value: unknown, element: unknown) => boolean;

/** Asks the constraint that class-validator would ask. A promise counts as a refusal, so that class-validator awaits one. */
export function ruleCall(rule: Rule, constraints: readonly Constraint[]): RuleCall {
  const { constraints: given } = rule;
  const property = String(rule.propertyName);
  const checkers = constraints.map(checkerOf);
  return (object, value, element) => {
    for (const checker of checkers) {
      const targetName = object.constructor.name;
      const verdict = checker().validate(element, { targetName, property, object, value, constraints: given });
      if (isPromise(verdict)) {
        // Nobody waits for it, so nobody would hear of it.
        verdict.then(undefined, () => undefined);
        return false;
      }
      if (!verdict) return false;
    }
    return true;
  };
}

/**
 * A class of the user's is asked for each time, since class-validator does so too and a container may be there only after
 * the start; a check that was given as a function has no state.
 */
function checkerOf(constraint: Constraint): () => Constraint['instance'] {
  const { target } = constraint;
  if (target?.name !== 'CustomConstraint') return () => constraint.instance;
  let checker: Constraint['instance'] | undefined;
  return () => (checker ??= constraint.instance);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { readonly then?: unknown }).then === 'function'
  );
}
