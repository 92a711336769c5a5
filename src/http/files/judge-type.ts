import { UnsupportedMediaTypeError } from '../http-errors-by-status.js';
import { pointerTo, shown } from './read-parts.js';
import type { FileFacts } from './uploaded-file.js';

/** Finds a type in the first bytes of a file; undefined where they tell none. */
export type TypeDetector = (bytes: Uint8Array) => Promise<{ readonly mime: string } | undefined>;

/** As much of a file as a type is found by. */
export const judgedBytes = 4_100;

/** What a file is judged by. */
export interface JudgedFile {
  readonly field: string;
  /** The type that the client says, in lower case. */
  readonly declared: string;
  readonly head: Uint8Array;
  /** Whether `head` is the whole file. */
  readonly whole: boolean;
}

/** The type of a file by its content. Throws 415 for one that `types` does not have. */
export async function judgeType(
  file: JudgedFile,
  types: readonly string[],
  detect: TypeDetector,
): Promise<Pick<FileFacts, 'type' | 'typeFrom'>> {
  const found = (await detect(file.head))?.mime.split(';', 1)[0]?.toLowerCase();
  if (found !== undefined && types.some((pattern) => matches(pattern, found)))
    return { type: found, typeFrom: 'content' };
  const isText = (found === undefined || weak.includes(found)) && isTextType(file.declared) && looksLikeText(file);
  if (isText && types.some((pattern) => matches(pattern, file.declared)))
    return { type: file.declared, typeFrom: 'client' };
  throw refusal(file, found, types);
}

/** Whether a text can be taken for a type: two bytes are enough for these, or they are texts themselves. */
const weak: readonly string[] = ['image/bmp', 'application/x-msdownload', 'application/xml'];

function matches(pattern: string, type: string): boolean {
  if (!pattern.endsWith('/*')) return pattern === type;
  // A picture that runs scripts is wanted by nobody who writes image/*.
  return type.startsWith(pattern.slice(0, -1)) && (pattern === 'text/*' || !isTextType(type));
}

/** Types that have no bytes of their own to be known by, only characters. */
function isTextType(type: string): boolean {
  return type.startsWith('text/') || /[+/](?:json|xml|yaml|javascript|x-ndjson|sql|graphql)$/.test(type);
}

/** UTF-8 without NUL; a character that the end of the sample has cut is none against it. */
function looksLikeText({ head, whole }: JudgedFile): boolean {
  if (head.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !whole });
    return true;
  } catch {
    return false;
  }
}

function refusal(file: JudgedFile, found: string | undefined, types: readonly string[]): UnsupportedMediaTypeError {
  const allowed = types.join(', ');
  const is = found ?? (file.head.length === 0 ? 'empty' : 'of a type that its content does not tell');
  const message = `must be ${types.length === 1 ? allowed : `one of ${allowed}`}, and is ${is}`;
  return new UnsupportedMediaTypeError(`The file '${shown(file.field)}' ${message}.`, {
    details: { errors: [{ path: pointerTo(file.field), in: 'file', code: 'type', params: types, message }] },
  });
}

/** What is wrong with a pattern of types; undefined where nothing is. */
export function patternProblem(pattern: unknown): string | undefined {
  const isPattern = typeof pattern === 'string' && /^[a-z\d!#$&^_.+-]+\/(?:\*|[a-z\d!#$&^_.+-]+)$/i.test(pattern);
  return isPattern ? undefined : "its type is written as 'image/png', 'image/*' or a list of such";
}
