/** One sample: nanoseconds from a plain object to a checked instance of CreateUser, in each way. Says them, and ends. */
import 'reflect-metadata';
import * as transformer from 'class-transformer';
import * as validator from 'class-validator';
import { performance } from 'node:perf_hooks';
import { BootReport } from '../../src/foundation/index.js';
import { ClassValidation } from '../../src/validation/index.js';
import { CreateUser } from '../servers/create-user.js';
import { userSchema } from '../servers/user-schema.js';
import { quantile } from '../statistics.js';
import { user } from '../workloads.js';

export interface ValidationOrder {
  /** Of each way. Milliseconds. */
  readonly duration: number;
}

/** Nanoseconds, by the name of the way. */
export type ValidationSample = Readonly<Record<string, number>>;

/** Different strings each time, as requests have them. */
const texts = Array.from({ length: 64 }, (_, index) =>
  JSON.stringify({ ...user, name: `${user.name} ${index}`, email: `ada${index}@example.com`, age: index }),
);

const options = { whitelist: true, forbidUnknownValues: true };

async function sample({ duration }: ValidationOrder): Promise<ValidationSample> {
  const validation = new ClassValidation(new BootReport());
  const bowline = await validation.validatorOf(CreateUser, { source: 'body', array: false, where: 'the benchmark' });
  if (bowline === undefined) throw new Error('CreateUser has no rules.');
  const build = bowline;
  const plain = (): unknown[] => texts.map((text) => JSON.parse(text) as unknown);
  if (!(build(plain()[0]) instanceof CreateUser)) throw new Error('No builder was compiled.');
  return {
    Bowline: await time(duration, 1_000, (values) => {
      for (const value of values) build(value);
    }),
    'zod, safeParse': await time(duration, 100, (values) => {
      for (const value of values) userSchema.safeParse(value);
    }),
    'plainToInstance + validate': await time(duration, 4, async (values) => {
      for (const value of values)
        await validator.validate(transformer.plainToInstance(CreateUser, value as object), options);
    }),
  };

  async function time(
    length: number,
    repeats: number,
    run: (values: readonly unknown[]) => void | Promise<void>,
  ): Promise<number> {
    const values = plain();
    const times: number[] = [];
    const start = performance.now();
    while (performance.now() - start < length || times.length < 5) {
      const from = performance.now();
      for (let index = 0; index < repeats; index++) await run(values);
      times.push(((performance.now() - from) * 1e6) / (repeats * values.length));
    }
    return quantile(times, 0.1);
  }
}

process.on('disconnect', () => process.exit());
process.send?.(await sample(JSON.parse(process.argv[2] ?? '') as ValidationOrder), () => process.exit());
