import { Injectable, NotFoundError, PolicyRegistry } from 'bowline';
import { CircuitBreakerPolicy } from 'bowline/resilience';

export const circuitActions = ['isolate', 'close', 'reset'] as const;

export type CircuitAction = (typeof circuitActions)[number];

/** The circuit breakers by the names of their pipelines, for whoever has to act by hand. */
@Injectable()
export class Circuits {
  constructor(private readonly policies: PolicyRegistry) {}

  act(pipeline: string, action: CircuitAction): void {
    const policies = this.policies.has(pipeline) ? this.policies.get(pipeline).policies : [];
    const breaker = policies.find((policy) => policy instanceof CircuitBreakerPolicy);
    if (breaker === undefined) throw new NotFoundError(`There is no circuit breaker in a pipeline '${pipeline}'.`);
    breaker[action]();
  }
}
