import { DeadlineExceededError, LinkedList, type Linked } from '../foundation/index.js';
import type { Attempt } from './attempt.js';
import type { Guest, Places, Stay } from './places.js';
import type { Receiver, Running, Stage } from './policy.js';

/** Why a bulkhead would have refused a call. */
export type ObservedRefusal = 'full' | 'queueTimeout' | 'deadline';

/** What a bulkhead that observes needs of its policy. Durations in milliseconds. */
export interface ObservedBulkheadHost {
  readonly places: Places;
  /** May change while it runs. */
  queue(): { readonly maxQueue: number; readonly queueTimeout: number };
  onRefused(attempt: Attempt, refusal: ObservedRefusal): void;
  /** A call has really begun, or ended. */
  onBegin(guest: Guest): void;
  onEnd(guest: Guest, stay: Stay): void;
}

/**
 * Lets every call run at once, and plays through what the bulkhead would have done with them: which would have waited,
 * when each would have begun and ended, and which would have been refused. A call ends in the play no earlier than it
 * really does, so all that has happened in it up to now is known now: it is caught up with whenever a call comes or ends,
 * without a timer.
 */
export class ObservedBulkhead {
  readonly host: ObservedBulkheadHost;
  readonly #waiting = new LinkedList<ObservedRun>();
  /** Those that have really ended and still run in the play, in the order of their ends there. */
  readonly #ending = new LinkedList<ObservedRun>();

  constructor(host: ObservedBulkheadHost) {
    this.host = host;
  }

  start(attempt: Attempt, to: Receiver, now: number, next: Stage): Running | undefined {
    const run = new ObservedRun(this, attempt, to, now);
    this.catchUp(now);
    const { places } = this.host;
    const { maxQueue, queueTimeout } = this.host.queue();
    if (places.areOpenTo(run, this.#waiting)) {
      this.#begin(run, now);
    } else if (this.#waiting.size < maxQueue) {
      run.leavesAt = Math.min(now + queueTimeout, attempt.deadlineAt);
      this.#waiting.append(run);
    } else {
      this.#refuse(run, 'full');
    }
    return run.begin(next, now);
  }

  /** It has really ended. */
  ended(run: ObservedRun, stay: Stay, now: number): void {
    this.catchUp(now);
    run.stay = stay;
    if (run.beganAt !== undefined) this.#expectEnd(run, run.beganAt);
    this.catchUp(now);
  }

  /** Its caller has left. */
  left(run: ObservedRun, now: number): void {
    this.catchUp(now);
    if (run.beganAt === undefined) this.#waiting.remove(run);
  }

  /** Plays on to `now`. */
  catchUp(now: number): void {
    for (;;) {
      const leaving = this.#nextLeaving();
      const ending = this.#ending.first;
      const isEnd = ending !== undefined && !(leaving !== undefined && leaving.leavesAt < ending.endsAt);
      if (isEnd && ending.endsAt <= now) this.#end(ending);
      else if (!isEnd && leaving !== undefined && leaving.leavesAt <= now) this.#leave(leaving);
      else return;
    }
  }

  #nextLeaving(): ObservedRun | undefined {
    let next = this.#waiting.first;
    for (let each = next; each !== undefined; each = each.next) {
      if (next === undefined || each.leavesAt < next.leavesAt) next = each;
    }
    return next;
  }

  #begin(run: ObservedRun, at: number): void {
    run.beganAt = at;
    this.host.places.take(run);
    if (run.stay !== undefined) this.#expectEnd(run, at);
  }

  #expectEnd(run: ObservedRun, beganAt: number): void {
    const { attempt, hasLeft, startedAt, stay } = run;
    const duration = stay?.duration ?? 0;
    // Who left did so at the same time in the play; anybody would have at the deadline.
    run.endsAt = hasLeft ? startedAt + duration : Math.min(beganAt + duration, attempt.deadlineAt);
    let before = this.#ending.last;
    while (before !== undefined && before.endsAt > run.endsAt) before = before.previous;
    this.#ending.insertAfter(before, run);
  }

  #end(run: ObservedRun): void {
    const { places } = this.host;
    this.#ending.remove(run);
    const { beganAt = 0, endsAt, stay } = run;
    const duration = endsAt - beganAt;
    const error = stay?.error ?? (duration < (stay?.duration ?? 0) ? { reason: overdue } : undefined);
    places.learn({ duration, error }, endsAt);
    places.free(run);
    for (let each = places.next(this.#waiting); each !== undefined; each = places.next(this.#waiting)) {
      this.#waiting.remove(each);
      if (places.suffices(each.attempt.deadlineAt, endsAt)) this.#begin(each, endsAt);
      else this.#refuse(each, 'deadline');
    }
  }

  /** Its time in the queue is over, or its caller's. */
  #leave(run: ObservedRun): void {
    this.#waiting.remove(run);
    if (run.leavesAt < run.attempt.deadlineAt) this.#refuse(run, 'queueTimeout');
  }

  #refuse(run: ObservedRun, refusal: ObservedRefusal): void {
    this.host.onRefused(run.attempt, refusal);
  }
}

/** How a call ends in the play that has more time to end than it has there. */
const overdue = new DeadlineExceededError('observed', 'the deadline has passed');

/** One call, as it really is and as it is in the play; refused there, it has no further part in it. */
class ObservedRun implements Receiver, Running, Guest, Linked<ObservedRun> {
  previous: ObservedRun | undefined;
  next: ObservedRun | undefined;
  isLinked: boolean;
  readonly attempt: Attempt;
  readonly startedAt: number;
  /** In the play. */
  beganAt: number | undefined;
  endsAt: number;
  leavesAt: number;
  /** Known as soon as it has really ended. */
  stay: Stay | undefined;
  hasLeft: boolean;
  readonly #bulkhead: ObservedBulkhead;
  readonly #to: Receiver;
  #inner: Running | undefined;

  constructor(observed: ObservedBulkhead, attempt: Attempt, to: Receiver, now: number) {
    this.previous = undefined;
    this.next = undefined;
    this.isLinked = false;
    this.attempt = attempt;
    this.startedAt = now;
    this.beganAt = undefined;
    this.endsAt = 0;
    this.leavesAt = 0;
    this.stay = undefined;
    this.hasLeft = false;
    this.#bulkhead = observed;
    this.#to = to;
    this.#inner = undefined;
  }

  get priority(): string | undefined {
    return this.attempt.call.options.priority;
  }

  begin(next: Stage, now: number): Running | undefined {
    this.#bulkhead.host.onBegin(this);
    this.#inner = next.start(this.attempt, this, now);
    return this.#inner === undefined ? undefined : this;
  }

  succeeded(value: unknown, now: number): void {
    this.#end({ duration: now - this.startedAt, error: undefined }, now);
    this.#to.succeeded(value, now);
  }

  failed(error: unknown, now: number): void {
    this.#end({ duration: now - this.startedAt, error: { reason: error } }, now);
    this.#to.failed(error, now);
  }

  cancel(reason: unknown, force: boolean): void {
    if (!this.hasLeft) this.#bulkhead.left(this, this.attempt.call.clock.elapsed());
    this.hasLeft = true;
    this.#inner?.cancel(reason, force);
  }

  #end(stay: Stay, now: number): void {
    this.#bulkhead.host.onEnd(this, stay);
    this.#bulkhead.ended(this, stay, now);
  }
}
