/** How many calls a bulkhead lets run at a time. */
export interface ConcurrencyLimit {
  readonly current: number;
  /**
   * A call has ended after `duration`, while `running` ran, itself included. `dropped` where it failed, which tells more
   * of overload than its duration does. Times in milliseconds.
   */
  ended(duration: number, running: number, dropped: boolean, now: number): void;
}

export class FixedLimit implements ConcurrencyLimit {
  readonly current: number;

  constructor(current: number) {
    this.current = current;
  }

  ended(): void {}
}
