import type { FileRule, ReceivedForm, RouteFiles } from '../http/index.js';
import { failuresOf, pointerSteps, retold, type Validator } from '../validation/index.js';
import type { ArgumentReader } from './run-stages.js';

/** Reads one file of a form; undefined where it may be missing and is. */
export function fileReader(files: RouteFiles, rule: FileRule): ArgumentReader {
  return async (ctx) => (await files.receive(ctx)).filesOf(rule)[0];
}

/** Reads a list of files of a form. */
export function filesReader(files: RouteFiles, rule: FileRule): ArgumentReader {
  return async (ctx) => [...(await files.receive(ctx)).filesOf(rule)];
}

/** Reads the fields of a form and validates them: all of them, or those that were sent before a streamed file. */
export function fieldsReader(files: RouteFiles, validator: Validator | undefined): ArgumentReader {
  if (validator === undefined) return async (ctx) => (await files.receive(ctx)).fields;
  return async (ctx) => {
    const form = await files.receive(ctx);
    try {
      // A record without a prototype is not what foreign validators expect.
      return await validator({ ...form.fields }, ctx);
    } catch (error) {
      throw explained(error, form, files);
    }
  };
}

/** A field that was sent too late is missing for a reason that the validator cannot know. */
function explained(error: unknown, { fields }: ReceivedForm, { rules }: RouteFiles): unknown {
  const streamed = rules.find(({ to }) => to === 'stream');
  const failures = failuresOf(error);
  if (streamed === undefined || failures === undefined) return error;
  const isMissing = failures.some(({ path }) => fields[pointerSteps(path)[0] ?? ''] === undefined);
  if (!isMissing) return error;
  const message = `${(error as Error).message} Only the fields before the file '${streamed.name}' are read: send the fields before the file.`;
  return retold(error, { message });
}
