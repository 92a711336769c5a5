import { Injectable } from 'bowline';

/** An order that a partner has sent. */
export interface Message {
  readonly id: number;
  readonly cents: number;
}

/** Stands in for a message broker. What nobody has taken stays here, for whoever comes next. */
@Injectable()
export class OrderQueue {
  readonly #messages: Message[] = [];
  #wake: (() => void) | undefined;
  #lastId = 0;

  get waiting(): number {
    return this.#messages.length;
  }

  push(cents: number): Message {
    const message = { id: ++this.#lastId, cents };
    this.#messages.push(message);
    this.#wake?.();
    return message;
  }

  /** The next message, as soon as there is one; undefined once nobody wants another. */
  async take(signal: AbortSignal): Promise<Message | undefined> {
    while (this.#messages.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return signal.aborted ? undefined : this.#messages.shift();
  }
}
