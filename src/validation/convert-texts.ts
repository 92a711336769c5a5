import type { ClassType } from '../foundation/index.js';
import { plainToInstance, type TransformStorage } from './compiled/library-metadata.js';
import { converterOf, type TextConverter } from './convert-text.js';
import { pointerStep } from './refusal.js';
import type { SentNames } from './sent-names.js';
import { toldClass } from './unchecked-fields.js';
import type { ValidatedSource, ValidationFailure } from './validator.js';

/** What a query string, a path, a form or headers hold. */
export type Texts = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ConvertedTexts {
  /** Without what cannot be converted. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly failures: readonly ValidationFailure[];
}

export interface TextsOptions {
  readonly source: ValidatedSource;
  readonly names: SentNames;
  /** Undefined where class-transformer does not show its metadata. */
  readonly transforms: TransformStorage | undefined;
}

interface TextProperty {
  readonly name: string;
  /** Its name in the request. */
  readonly key: string;
  /** Whether it is a list, of one where one text was sent. */
  readonly list: boolean;
  /** Undefined for texts that stay what they are. */
  readonly converter: TextConverter | undefined;
}

/**
 * Converts texts to the types that a class declares for its properties, as strictly as a single parameter is converted: by `@Type`, else by
 * what the compiler wrote. What has no such type stays as it is, and so does what `@Transform` makes something of.
 */
export function textsConverter(
  type: new () => object,
  properties: readonly string[],
  options: TextsOptions,
): (texts: Texts) => ConvertedTexts {
  const { source } = options;
  let planned: readonly TextProperty[] | undefined;
  return (texts) => {
    // Few bodies are forms, and both libraries take their time over each property.
    planned ??= properties.flatMap((name) => planProperty(type, name, options) ?? []);
    const value: Record<string, unknown> = { ...texts };
    const failures: ValidationFailure[] = [];
    for (const property of planned) {
      const { key } = property;
      const text = Object.hasOwn(texts, key) ? texts[key] : undefined;
      // Native middleware may have made objects of a form.
      if (typeof text !== 'string' && !Array.isArray(text)) continue;
      const before = failures.length;
      value[key] = property.list
        ? convertList(property, typeof text === 'string' ? [text] : text, source, failures)
        : convertOne(property, typeof text === 'string' ? text : String(text.at(-1)), source, failures);
      if (failures.length > before) delete value[key];
    }
    return { value, failures };
  };
}

/** Undefined for what stays as it is. */
function planProperty(type: ClassType, name: string, { names, transforms }: TextsOptions): TextProperty | undefined {
  // It says itself what it makes of the text.
  if ((transforms?.findTransformMetadatas(type, name, plainToInstance).length ?? 0) > 0) return undefined;
  const key = names.of(type, name);
  const design: unknown = Reflect.getMetadata('design:type', type.prototype as object, name);
  const told = converterOf(toldClass(transforms?.findTypeMetadata(type, name)?.typeFunction));
  const list = design === Array || design === Set;
  const converter = told ?? converterOf(design);
  return list || converter !== undefined ? { name, key, list, converter } : undefined;
}

function convertOne(
  { name, key, converter }: TextProperty,
  text: string,
  source: ValidatedSource,
  failures: ValidationFailure[],
): unknown {
  if (converter === undefined) return text;
  const converted = converter.convert(text);
  if (converted === undefined) failures.push(misfit(pointerStep(key), name, converter, source));
  return converted;
}

function convertList(
  { name, key, converter }: TextProperty,
  texts: readonly string[],
  source: ValidatedSource,
  failures: ValidationFailure[],
): readonly unknown[] {
  if (converter === undefined) return texts;
  return texts.map((text, index) => {
    const converted = converter.convert(text);
    if (converted === undefined)
      failures.push(misfit(`${pointerStep(key)}/${index}`, `each value in ${name}`, converter, source));
    return converted;
  });
}

function misfit(
  path: string,
  what: string,
  { expected, params }: TextConverter,
  source: ValidatedSource,
): ValidationFailure {
  return { path, in: source, code: 'type', params, message: `${what} must be ${expected}` };
}
