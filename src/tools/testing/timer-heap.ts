/** A timer that is set; it falls due in the order of its time, and then in that in which they were set. */
export interface HeapTimer {
  readonly at: number;
  readonly number: number;
  readonly callback: () => void;
  /** Its place in the heap; -1 where it is not set any more. */
  place: number;
}

/** Timers of which the next one is known at once, however many there are: simulations set a great many. */
export class TimerHeap {
  readonly #timers: HeapTimer[] = [];
  #count = 0;

  get size(): number {
    return this.#timers.length;
  }

  get first(): HeapTimer | undefined {
    return this.#timers[0];
  }

  add(at: number, callback: () => void): HeapTimer {
    const timer: HeapTimer = { at, number: this.#count++, callback, place: this.#timers.length };
    this.#timers.push(timer);
    this.#rise(timer);
    return timer;
  }

  /** Does nothing where it is not set any more. */
  remove(timer: HeapTimer): void {
    if (timer.place === -1) return;
    const last = this.#timers.pop();
    if (last !== undefined && last !== timer) {
      this.#put(last, timer.place);
      this.#rise(last);
      this.#sink(last);
    }
    timer.place = -1;
  }

  #rise(timer: HeapTimer): void {
    for (let above = this.#above(timer); above !== undefined && isBefore(timer, above); above = this.#above(timer)) {
      this.#swap(timer, above);
    }
  }

  #sink(timer: HeapTimer): void {
    for (let below = this.#below(timer); below !== undefined && isBefore(below, timer); below = this.#below(timer)) {
      this.#swap(timer, below);
    }
  }

  #above({ place }: HeapTimer): HeapTimer | undefined {
    return place === 0 ? undefined : this.#timers[(place - 1) >> 1];
  }

  /** The earlier of the two. */
  #below({ place }: HeapTimer): HeapTimer | undefined {
    const left = this.#timers[2 * place + 1];
    const right = this.#timers[2 * place + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
  }

  #swap(one: HeapTimer, other: HeapTimer): void {
    const { place } = one;
    this.#put(one, other.place);
    this.#put(other, place);
  }

  #put(timer: HeapTimer, place: number): void {
    this.#timers[place] = timer;
    timer.place = place;
  }
}

function isBefore(one: HeapTimer, other: HeapTimer): boolean {
  return one.at < other.at || (one.at === other.at && one.number < other.number);
}
