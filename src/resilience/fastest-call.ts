/** What a call takes at least, as the fastest of late took: a minimum that is forgotten slowly. */
export class FastestCall {
  #duration: number | undefined;

  /** Milliseconds; 0 while none has been seen. */
  get duration(): number {
    return this.#duration ?? 0;
  }

  seen(duration: number): void {
    if (this.#duration === undefined || duration < this.#duration) this.#duration = duration;
    else this.#duration += (duration - this.#duration) / 1_000;
  }
}
