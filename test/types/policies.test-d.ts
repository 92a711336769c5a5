import { CircuitBreaker, Fallback, Retry, Timeout, UsePolicy } from 'bowline';

class Remote {
  @Retry({ maxAttempts: 2 })
  @CircuitBreaker('remote', { failureRatio: 0.5 })
  async ask(): Promise<string> {
    return 'answer';
  }

  @Timeout('remote', 500)
  @Fallback({ value: 'instead' })
  later(): PromiseLike<string> {
    return Promise.resolve('later');
  }

  // @ts-expect-error A method that gives no promise could not wait.
  @Retry()
  now(): string {
    return 'now';
  }

  // @ts-expect-error There is no such option.
  @Retry({ maxAttempt: 2 })
  async misspelt(): Promise<void> {}
}

@UsePolicy('remote')
class Whole {
  readonly field = 1;

  get name(): string {
    return 'whole';
  }

  async ask(): Promise<void> {}
}

// @ts-expect-error One of its methods gives no promise.
@UsePolicy('remote')
class Half {
  async ask(): Promise<void> {}

  now(): number {
    return 1;
  }
}

export const classes = [Remote, Whole, Half];
