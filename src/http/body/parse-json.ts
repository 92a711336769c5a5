import { parse } from 'secure-json-parse';
import { BadRequestError } from '../http-errors-by-status.js';

/** The value of a JSON text. 400 for bad syntax, for nesting beyond `maxDepth`, and for keys that could set a prototype. */
export function parseJson(text: string, maxDepth: number): unknown {
  if (isDeeperThan(text, maxDepth)) {
    throw new BadRequestError(`The JSON body nests deeper than the ${maxDepth} levels that are taken here.`);
  }
  const value = parseText(text);
  if (mayNamePrototype(text)) refusePrototypeKeys(value, text);
  return value;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new BadRequestError('The body is not valid JSON.', { cause: error });
  }
}

/** Three searches of the text are far cheaper than a look at every key, and nearly every body passes them. */
function mayNamePrototype(text: string): boolean {
  return text.includes('__proto__') || text.includes('constructor') || text.includes('\\u');
}

function refusePrototypeKeys(value: unknown, text: string): void {
  if (typeof value !== 'object' || value === null) return;
  try {
    parse(text, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    throw new BadRequestError('The JSON body has a key that is refused (__proto__ or constructor.prototype).', {
      cause: error,
    });
  }
}

const quote = 34;
const backslash = 92;

/** Whether brackets nest deeper than `maxDepth`; brackets inside strings do not count. */
function isDeeperThan(text: string, maxDepth: number): boolean {
  if (!hasMoreBrackets(text, maxDepth)) return false;
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      index = endOfString(text, index);
    } else if (code === 123 || code === 91) {
      if (++depth > maxDepth) return true;
    } else if (code === 125 || code === 93) {
      depth--;
    }
  }
  return false;
}

/** Whether more brackets are opened than `count`, inside strings too. Nearly no text has so many, and to search is quicker than to look at each character. */
function hasMoreBrackets(text: string, count: number): boolean {
  let left = count;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) if (--left < 0) return true;
  }
  return false;
}

function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === backslash) index++;
    else if (code === quote) return index;
  }
  return text.length;
}
