import { BowlineError, isBowlineError } from './errors.js';
import { errorSentence, type ErrorCode, type ErrorFacts } from './error-catalogue.js';

/** One mistake found while an application is put together. */
export interface BootProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: unknown;
}

/** All mistakes of one boot, in the order of their discovery. */
export class BootError extends BowlineError<'BOW_BOOT_FAILED'> {
  override readonly name = 'BootError';
  readonly #problems: readonly BootProblem[];

  /** `what` cannot be done, as the first words of the message say it. */
  constructor(problems: readonly BootProblem[], what = 'The application cannot start') {
    const texts = problems.map((problem) => `${problem.message} [${problem.code}]`);
    const causes = problems.map((problem) => problem.cause).filter((cause) => cause !== undefined);
    super(
      'BOW_BOOT_FAILED',
      { count: problems.length, problems: texts, what },
      causes.length === 0 ? undefined : { cause: causes.length === 1 ? causes[0] : new AggregateError(causes) },
    );
    this.#problems = problems;
  }

  /** Each mistake for itself, in the order of their discovery. */
  get problems(): readonly BootProblem[] {
    return this.#problems;
  }
}

/** Collects mistakes so that a user sees all of them at once. */
export class BootReport {
  readonly #problems: BootProblem[] = [];

  get problems(): readonly BootProblem[] {
    return this.#problems;
  }

  add<C extends ErrorCode>(code: C, facts: ErrorFacts<C>, cause?: unknown): void {
    const message = errorSentence(code, facts);
    this.addProblem(cause === undefined ? { code, message } : { code, message, cause });
  }

  /** Takes over what was thrown: a problem of ours, or all that a {@link BootError} lists. False for anybody else's. */
  addThrown(thrown: unknown): boolean {
    if (thrown instanceof BootError) {
      for (const problem of thrown.problems) this.addProblem(problem);
      return true;
    }
    if (!isBowlineError(thrown)) return false;
    this.add(thrown.code, thrown.facts as never, thrown.cause);
    return true;
  }

  /** Takes over what another report holds, once. */
  addProblem(problem: BootProblem): void {
    if (!this.#problems.some(({ message }) => message === problem.message)) this.#problems.push(problem);
  }

  /** Throws one {@link BootError} if anything was added. */
  throwIfAny(what?: string): void {
    if (this.#problems.length > 0) throw new BootError([...this.#problems], what);
  }
}
