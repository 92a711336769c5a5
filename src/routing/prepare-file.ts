import { nearestName } from '../foundation/index.js';
import { patternProblem, type FileDescription, type FileRule, type ResolvedMultipartLimits } from '../http/index.js';
import type { FileDecoration, ParameterMetadata } from './metadata.js';

/** The rule that a decorator of files states, with the server's limits for what it leaves open; else what is wrong with it. */
export function toFileRule(
  name: string | undefined,
  decoration: FileDecoration,
  limits: ResolvedMultipartLimits,
): FileRule | string {
  const problem = nameProblem(name, decoration) ?? optionProblem(decoration);
  if (problem !== undefined) return problem;
  const { list, options } = decoration;
  const maxSize = options.maxSize ?? limits.fileSize;
  if (options.maxSize !== undefined && limits.size !== undefined && maxSize > limits.size)
    return `its maxSize is more than the ${limits.size} bytes that limits.multipart.size of the server allows for a whole form`;
  return {
    name,
    to: options.to ?? 'disk',
    list,
    maxSize,
    maxCount: decoration.list ? (decoration.options.maxCount ?? limits.files) : 1,
    required: options.required ?? true,
    types: [options.type ?? []].flat().map((type) => type.toLowerCase()),
  };
}

function nameProblem(name: unknown, { list }: FileDecoration): string | undefined {
  if (name === undefined && list) return undefined;
  return typeof name === 'string' && name !== ''
    ? undefined
    : `name the field of the file, as in ${list ? "@UploadedFiles('photos')" : "@UploadedFile('avatar')"}`;
}

const oneOptions: readonly string[] = ['to', 'maxSize', 'type', 'required'];
const listOptions: readonly string[] = [...oneOptions, 'maxCount'];

function optionProblem({ list, options }: FileDecoration): string | undefined {
  const known = list ? listOptions : oneOptions;
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, known);
    return `there is no option '${unknown}'; ${nearest === undefined ? `known are ${known.join(', ')}` : `did you mean '${nearest}'?`}`;
  }
  const { to, maxSize, type, required, maxCount } = options as Readonly<Record<string, unknown>>;
  const targets = list ? ['disk', 'memory'] : ['disk', 'memory', 'stream'];
  if (list && to === 'stream') return 'a list of files is not streamed; take one with @UploadedFile, or go to disk';
  if (to !== undefined && !targets.includes(to as string))
    return `its 'to' is one of ${targets.map((target) => `'${target}'`).join(', ')}`;
  if (maxSize !== undefined && !isCount(maxSize)) return 'its maxSize is a number of bytes, of at least 1';
  if (maxCount !== undefined && !isCount(maxCount)) return 'its maxCount is a whole number of at least 1';
  if (required !== undefined && typeof required !== 'boolean') return "its 'required' is true or false";
  if (type === undefined) return undefined;
  const types = [type].flat() as unknown[];
  return types.length === 0
    ? 'its list of types is empty'
    : types.map(patternProblem).find((each) => each !== undefined);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

export function describeFile({ to, maxSize, maxCount, types }: FileRule): FileDescription {
  return { to, maxSize, maxCount, types };
}

/** What is wrong with the files of one route beside each other. */
export function checkFiles(
  entries: readonly ParameterMetadata[],
): readonly { readonly what: string; readonly reason: string }[] {
  const problems: { what: string; reason: string }[] = [];
  const files = entries.filter(({ file }) => file !== undefined);
  const names = new Set<string | undefined>();
  let streamed: ParameterMetadata | undefined;
  for (const entry of files) {
    const what = `parameter ${entry.index + 1}`;
    if (names.has(entry.name))
      problems.push({
        what,
        reason:
          entry.name === undefined
            ? 'another parameter takes all files already'
            : `another parameter takes the file '${entry.name}' already`,
      });
    names.add(entry.name);
    if (streamed !== undefined)
      problems.push({
        what,
        reason: `the handler starts at the streamed file '${streamed.name}', and files that come after it are not read: put this parameter before it, and send its file before`,
      });
    if (entry.file?.options.to === 'stream' && entry.file.list === false) streamed ??= entry;
  }
  return problems;
}
