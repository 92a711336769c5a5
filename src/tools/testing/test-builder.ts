import type { ServiceIdentifier } from 'inversify';
import { assembleApplication, type ApplicationOptions } from '../../application/index.js';
import type { Override } from '../../container/index.js';
import { nameOf, type ClassType } from '../../foundation/index.js';
import { TestApplication } from './test-application.js';

/** What stands in for one binding. */
export interface OverrideBuilder<T> {
  useValue(value: Partial<T> extends T ? T : Partial<T> | T): TestBuilder;
  useClass(type: ClassType<T>): TestBuilder;
  /** Called as often as the scope of what it replaces says. */
  useFactory(factory: () => T): TestBuilder;
}

/** Collects what a test replaces. Awaiting it, or `create`, makes the application: a new container each time. */
export class TestBuilder implements PromiseLike<TestApplication> {
  readonly #options: ApplicationOptions;
  readonly #overrides: Override[] = [];

  constructor(options: ApplicationOptions) {
    this.#options = options;
  }

  /** Replaces a binding, a provider included. One that no module binds is a boot error, because the test would test nothing. */
  override<T>(identifier: ServiceIdentifier<T>): OverrideBuilder<T> {
    const add = (override: Override): this => {
      this.#overrides.push(override);
      return this;
    };
    return {
      useValue: (value) => add({ identifier, value }),
      useClass: (type) => add({ identifier, class: type }),
      useFactory: (factory) => add({ identifier, factory }),
    };
  }

  /** Replaces a binding by an object of which the test gives only what it needs; any other member throws its name. */
  mock<T extends object>(identifier: ServiceIdentifier<T>, members: Partial<T> = {}): this {
    this.override(identifier).useValue(strictMock(nameOf(identifier), members) as never);
    return this;
  }

  /**
   * Makes and starts the application. Signals are left alone, and only errors are logged unless `logger` says otherwise:
   * else the cause of a 500, such as a call that a mock was not given, would be nowhere.
   */
  async create(): Promise<TestApplication> {
    const application = await assembleApplication<string>(
      { logger: { level: 'error', format: 'pretty' }, signals: false, drainIdleTimeout: 50, ...this.#options },
      this.#overrides,
    );
    await application.start();
    return new TestApplication(application);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- `await Test.createApplication(...)` reads as it should
  then<A = TestApplication, B = never>(
    onFulfilled?: ((application: TestApplication) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.create().then(onFulfilled, onRejected);
  }
}

/** Where the tests of an application begin. */
export const Test = {
  /** The same modules as in production, any binding replaceable. */
  createApplication(options: ApplicationOptions): TestBuilder {
    return new TestBuilder(options);
  },
};

/** Promises and printers look for these on every object. */
const asked = new Set<PropertyKey>([
  'then',
  'toJSON',
  'constructor',
  'asymmetricMatch',
  'nodeType',
  'tagName',
  '$$typeof',
]);

function strictMock(name: string, members: object): object {
  return new Proxy(members, {
    get(target, property, receiver): unknown {
      if (property in target) return Reflect.get(target, property, receiver) as unknown;
      if (typeof property === 'symbol' || asked.has(property)) return undefined;
      throw new Error(`The mock of ${name} has no '${property}'. Give it to mock(${name}, { ${property}: ... }).`);
    },
  });
}
