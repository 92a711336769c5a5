import {
  BootReport,
  booleanOption,
  checkOptions,
  customOption,
  describeValue,
  integerOption,
  isPlainOptions,
  type OptionRules,
} from '../../foundation/index.js';
import {
  BadRequestError,
  patternProblem,
  pointerTo,
  shown,
  UnprocessableContentError,
  type FileFacts,
  type FileOptions,
  type FilePipe,
} from '../../http/index.js';

/**
 * Says of a file that has arrived whether it may stay: `true`, or what is wrong with it, as a clause like `must be square`. What it throws is
 * the answer.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- a DiskFile, a MemoryFile or an UploadedStream, typed by whoever writes it
export type FileValidator = (file: any) => true | string | Promise<true | string>;

export interface ParseFileOptions<Required extends boolean = boolean> extends FileOptions {
  /** Without the file the request is a 400. @default true */
  readonly required?: Required;
  /** What else is to hold of each file. They are asked in turn, all of them, once the files have arrived. @default none */
  readonly validators?: readonly FileValidator[];
  /** The status of an answer that lists what validators refused. @default 400 */
  readonly status?: 400 | 422;
}

const fileRules: OptionRules = {
  maxSize: integerOption(1),
  type: customOption("a type such as 'image/png' or 'image/*', or a list of such", areTypes),
  required: booleanOption,
  validators: customOption('a list of functions', areFunctions),
  status: customOption('400 or 422', (value) => value === 400 || value === 422),
};

/** One refusal, as a client reads it in the `errors` of the answer. */
interface FileFailure {
  /** The field as a JSON Pointer (RFC 6901); in a list with the place among the files of the field. */
  readonly path: string;
  readonly in: 'file';
  /** The name of the function that refused. */
  readonly code: string;
  /** What the client calls the file. */
  readonly name: string;
  readonly message: string;
}

/**
 * States what a file may be beside its name, to be shared by several: `@UploadedFile('avatar', new ParseFilePipe({ type: 'image/*', validators: [isSquare] }))`.
 * What the options of the decorator can say is judged as theirs is, while the file arrives; validators are asked when it is there. What is refused is
 * removed, and the handler not called. Works for each file of `@UploadedFiles` alike. Throws a TypeError for options that there are not.
 */
export class ParseFilePipe<const Required extends boolean = true> implements FilePipe<Required> {
  readonly #options: ParseFileOptions<Required>;

  constructor(options: ParseFileOptions<Required> = {}) {
    if (!isPlainOptions(options))
      throw new TypeError(`The options of a ParseFilePipe are ${describeValue(options)}; they must be an object.`);
    const report = new BootReport();
    checkOptions(report, 'ParseFilePipe', options, fileRules);
    const [problem] = report.problems;
    if (problem !== undefined) throw new TypeError(problem.message);
    this.#options = options;
  }

  get fileOptions(): FilePipe<Required>['fileOptions'] {
    const { maxSize, type, required } = this.#options;
    return {
      ...(maxSize === undefined ? {} : { maxSize }),
      ...(type === undefined ? {} : { type }),
      ...(required === undefined ? {} : { required }),
    };
  }

  async transform(value: unknown): Promise<unknown> {
    const failures = Array.isArray(value)
      ? await this.#failuresOf(value as readonly FileFacts[], (file, index) => placeInList(value, file, index))
      : await this.#failuresOf(value === undefined ? [] : [value as FileFacts], ({ field }) => pointerTo(field));
    if (failures.length > 0) throw refusal(failures, this.#options.status);
    return value;
  }

  async #failuresOf(
    files: readonly FileFacts[],
    pathOf: (file: FileFacts, index: number) => string,
  ): Promise<FileFailure[]> {
    const failures: FileFailure[] = [];
    for (const [index, file] of files.entries()) {
      for (const validate of this.#options.validators ?? []) {
        const message = await messageOf(validate, file);
        if (message === undefined) continue;
        const code = validate.name === '' ? 'file' : validate.name;
        failures.push({ path: pathOf(file, index), in: 'file', code, name: shown(file.name), message });
      }
    }
    return failures;
  }
}

/** Undefined where it may stay. */
async function messageOf(validate: FileValidator, file: FileFacts): Promise<string | undefined> {
  const verdict: unknown = await validate(file);
  if (verdict === true) return undefined;
  if (typeof verdict === 'string') return verdict;
  throw new TypeError(
    `The validator ${validate.name === '' ? '(function)' : validate.name} of a ParseFilePipe gave ${String(verdict)}; it gives true, or what is wrong with the file.`,
  );
}

/** Among the files of the same field: a list may have those of several. */
function placeInList(files: readonly FileFacts[], { field }: FileFacts, index: number): string {
  const place = files.slice(0, index).filter((each) => each.field === field).length;
  return `${pointerTo(field)}/${place}`;
}

function refusal(errors: readonly FileFailure[], status: 400 | 422 = 400): BadRequestError | UnprocessableContentError {
  const [first] = errors;
  const Refusal = status === 422 ? UnprocessableContentError : BadRequestError;
  const sentence =
    errors.length === 1 && first !== undefined
      ? `The file '${first.name}' ${first.message}.`
      : `The files did not pass validation: ${errors.length} errors.`;
  return new Refusal(sentence, { details: { errors } });
}

function areTypes(value: unknown): boolean {
  const types = [value].flat() as unknown[];
  return types.length > 0 && types.every((each) => patternProblem(each) === undefined);
}

function areFunctions(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'function');
}
