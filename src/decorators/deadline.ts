import {
  appendMetadata,
  describeValue,
  durationOption,
  ownMetadata,
  type Deadline as DeadlineOfCall,
} from '../foundation/index.js';
import { controllerDeadlineKey, methodKey } from '../routing/index.js';
import { isClassDecoratorUsedWithoutCall, isUsedWithoutCall, placementOf, recordMisuse } from './misuse.js';

/** What is left for a call: `ctx.deadline`. */
export type Deadline = DeadlineOfCall;

/**
 * How long a request to a route, or to any route of a controller, may take: from the arrival of its head until its answer
 * begins, the body included. Then `ctx.signal` aborts, and the client gets a 504. That of a route stands before that of its
 * controller, and that before the server's option `deadline`. A caller that is believed may say less. Milliseconds; 0 is none.
 *
 * ```ts
 * @Get('/:id')
 * @Deadline(2_000)
 * find(@Param('id') id: number, @Signal() signal: AbortSignal) {
 *   return this.orders.find(id, signal);
 * }
 * ```
 */
export function Deadline(...args: readonly [milliseconds: number]): ClassDecorator & MethodDecorator {
  const [milliseconds] = args;
  if (isUsedWithoutCall('@Deadline', args) || isClassDecoratorUsedWithoutCall('@Deadline', milliseconds))
    return undefined as unknown as ClassDecorator & MethodDecorator;
  return (target: object, key?: string | symbol, descriptor?: unknown) => {
    const placement = placementOf(target, key, descriptor);
    const problem = problemOf(milliseconds);
    if (placement.on !== 'class' && placement.on !== 'method') {
      recordMisuse('@Deadline', placement, 'belongs on a controller, or on a method that answers requests');
    } else if (problem !== undefined) {
      recordMisuse('@Deadline', placement, problem);
    } else if (placement.on === 'class') {
      if (ownMetadata(controllerDeadlineKey, placement.target).length > 0)
        recordMisuse('@Deadline', placement, 'stands there twice; keep one');
      else appendMetadata(controllerDeadlineKey, placement.target, milliseconds);
    } else {
      const { property } = placement;
      const stands = ownMetadata(methodKey, placement.target).some(
        (entry) => entry.kind === 'deadline' && entry.property === property,
      );
      if (stands) recordMisuse('@Deadline', placement, 'stands there twice; keep one');
      else appendMetadata(methodKey, placement.target, { kind: 'deadline', property, milliseconds });
    }
  };
}

function problemOf(milliseconds: unknown): string | undefined {
  const { accepts, expected } = durationOption();
  return accepts(milliseconds) ? undefined : `has ${describeValue(milliseconds)}; it takes ${expected}`;
}
