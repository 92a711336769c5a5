/** Shares of a limit that are kept for those who have them: what others leave free of theirs is not taken. */
export type PriorityShares = Readonly<Record<string, number>>;

/** Counts the calls of each priority that run, and says who may begin. */
export class PriorityCounts {
  readonly #shares: readonly (readonly [name: string, share: number])[];
  readonly #running = new Map<string, number>();

  /** `before` has counted until now. */
  constructor(shares: PriorityShares, before?: PriorityCounts) {
    this.#shares = Object.entries(shares);
    for (const [name] of this.#shares)
      this.#running.set(name, before === undefined ? 0 : (before.#running.get(name) ?? 0));
  }

  /** Whether a call of `priority` may begin beside `running` others: its own share is free, or what nobody has a share of. */
  admits(priority: string | undefined, running: number, limit: number): boolean {
    if (running >= limit) return false;
    let kept = 0;
    for (const [name, share] of this.#shares) {
      const free = Math.floor(share * limit) - (this.#running.get(name) ?? 0);
      if (free <= 0) continue;
      if (name === priority) return true;
      kept += free;
    }
    return running + kept < limit;
  }

  /** One more, or with -1 one fewer, of `priority` runs. */
  count(priority: string | undefined, change: 1 | -1): void {
    if (priority === undefined) return;
    const running = this.#running.get(priority);
    if (running !== undefined) this.#running.set(priority, Math.max(0, running + change));
  }
}
