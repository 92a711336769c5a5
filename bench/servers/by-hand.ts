import type { ServerResponse } from 'node:http';
import { key } from '../workloads.js';

class Caller {
  constructor(readonly key: unknown) {}
}

class UnitOfWork {
  isOpen = true;

  dispose(): void {
    this.isOpen = false;
  }
}

class Greetings {
  constructor(
    private readonly work: UnitOfWork,
    private readonly caller: Caller,
  ) {}

  get(): string {
    return this.work.isOpen && this.caller.key !== undefined ? 'world' : 'nobody';
  }
}

class Greeter {
  constructor(
    private readonly greetings: Greetings,
    readonly work: UnitOfWork,
  ) {}

  hello(): { hello: string } {
    return { hello: this.greetings.get() };
  }
}

/** What `scope` makes for each request, made by hand and disposed of when the answer is out. */
export function greeterFor(headers: Readonly<Record<string, unknown>>, response: ServerResponse): Greeter {
  const caller = new Caller(headers[key.name]);
  const work = new UnitOfWork();
  response.once('close', () => work.dispose());
  return new Greeter(new Greetings(work, caller), work);
}
