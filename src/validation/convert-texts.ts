import { converterOf, type TextConverter } from './convert-text.js';
import { pointerStep } from './refusal.js';
import type { ValidatedSource, ValidationFailure } from './validator.js';

/** What a query string, a path or headers hold. */
export type Texts = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ConvertedTexts {
  readonly value: Readonly<Record<string, unknown>>;
  readonly failures: readonly ValidationFailure[];
}

/**
 * Converts texts to the types that a class declares for its properties, as strictly as a single parameter is converted.
 * What has no such type stays as it is.
 */
export function textsConverter(
  type: new () => object,
  properties: readonly string[],
  source: ValidatedSource,
): (texts: Texts) => ConvertedTexts {
  const declared = properties.map(
    (name) => [name, Reflect.getMetadata('design:type', type.prototype as object, name) as unknown] as const,
  );
  return (texts) => {
    const value: Record<string, unknown> = { ...texts };
    const failures: ValidationFailure[] = [];
    for (const [name, propertyType] of declared) {
      const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
      if (text === undefined) continue;
      const converter = converterOf(propertyType);
      if (converter !== undefined) convertOne(name, text, converter, value, failures, source);
      else if ((propertyType === Array || propertyType === Set) && typeof text === 'string') value[name] = [text];
    }
    return { value, failures };
  };
}

function convertOne(
  name: string,
  text: string | readonly string[],
  converter: TextConverter,
  value: Record<string, unknown>,
  failures: ValidationFailure[],
  source: ValidatedSource,
): void {
  const converted = converter.convert(typeof text === 'string' ? text : (text.at(-1) ?? ''));
  if (converted === undefined)
    failures.push({
      path: pointerStep(name),
      in: source,
      code: 'type',
      params: converter.params,
      message: `${name} must be ${converter.expected}`,
    });
  else value[name] = converted;
}
