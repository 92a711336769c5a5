/** What a client has begun and not ended: calls, and bodies that are taken as streams. */
export class RunningWork {
  #count = 0;
  #onIdle: (() => void)[] = [];

  begin(): void {
    this.#count++;
  }

  end(): void {
    if (--this.#count > 0) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const tell of waiting) tell();
  }

  /** Resolves once nothing runs. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
    });
  }
}
