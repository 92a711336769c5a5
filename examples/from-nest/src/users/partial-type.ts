import { getMetadataStorage, IsOptional } from 'class-validator';

/** Was: PartialType of @nestjs/mapped-types. A class with the same rules, each of which holds only where the property is there. */
export function PartialType<T extends object>(Base: new () => T): new () => Partial<T> {
  abstract class Whole extends (Base as new () => object) {}
  class Part extends Whole {}
  const rules = getMetadataStorage().getTargetValidationMetadatas(Base, '', false, false);
  for (const name of new Set(rules.map((rule) => rule.propertyName))) IsOptional()(Part.prototype, name);
  return Part as new () => Partial<T>;
}
