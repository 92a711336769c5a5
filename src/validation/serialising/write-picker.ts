import type { ResponsePlan, ResponseProperty } from './plan-response.js';

/** What of a value is sent: a plain object of what was promised. Undefined where the value is not that. */
export type Pick = (value: unknown) => unknown;

/** Where the function of a class will be: classes may contain each other. */
export interface PickerSlot {
  pick: Pick;
}

export interface PickerParts {
  slotOf(type: ResponsePlan['type']): PickerSlot;
  /** For what nothing is known of. */
  readonly toPlain: (value: unknown) => unknown;
  readonly groups: readonly string[];
}

/**
 * A function for one class that names its properties, made as text. It picks and does not write: what it gives goes through one `JSON.stringify`, which is
 * faster than whatever JavaScript puts together (docs/decisions/0019).
 */
export function writePicker({ properties }: ResponsePlan, parts: PickerParts): Pick {
  const constants: unknown[] = [];
  const keep = (value: unknown): string => `c[${constants.push(value) - 1}]`;
  const locals = properties.map((property, index) => ({ property, local: `v${index}` }));
  const body = [
    'return (o) => {',
    "  if (typeof o !== 'object' || o === null || Array.isArray(o)) return undefined;",
    ...locals.flatMap(({ property, local }) => readLines(property, local, keep, parts)),
    `  return { ${locals.map(({ property, local }) => `[${JSON.stringify(property.key)}]: ${local}`).join(', ')} };`,
    '};',
  ].join('\n');
  // oxlint-disable-next-line typescript/no-implied-eval -- names reach the text as string literals alone
  return new Function('c', body)(constants) as Pick;
}

/** Reads one property into a local, and leaves where it does not fit. */
function readLines(
  { name, kind, required, transforms }: ResponseProperty,
  local: string,
  keep: (value: unknown) => string,
  parts: PickerParts,
): string[] {
  const lines = [`  let ${local} = o[${JSON.stringify(name)}];`];
  const options = transforms.length === 0 ? '' : keep({ groups: parts.groups });
  for (const { transformFn } of transforms) {
    const call = `{ value: ${local}, key: ${JSON.stringify(name)}, obj: o, type: 1, options: ${options} }`;
    lines.push(`  ${local} = ${keep(transformFn)}(${call});`);
  }
  const absent = required ? `${local} === null` : `${local} === null || ${local} === undefined`;
  const leave = `if (!(${absent})) return undefined;`;
  switch (kind.is) {
    case 'string':
    case 'boolean':
      lines.push(`  if (typeof ${local} !== '${kind.is}') ${leave}`);
      break;
    case 'number':
      // Infinity and NaN would be sent as null.
      lines.push(`  if (typeof ${local} !== 'number' || ${local} - ${local} !== 0) ${leave}`);
      break;
    case 'Date':
      lines.push(`  if (!(${local} instanceof Date) || ${local}.getTime() !== ${local}.getTime()) ${leave}`);
      break;
    case 'one':
    case 'list': {
      const slot = keep(kind.is === 'one' ? parts.slotOf(kind.type) : { pick: listPicker(parts.slotOf(kind.type)) });
      lines.push(
        `  if (${absent}) {} else { ${local} = ${slot}.pick(${local}); if (${local} === undefined) return undefined; }`,
      );
      break;
    }
    case 'any':
      if (required) lines.push(`  if (${local} === undefined) return undefined;`);
      lines.push(
        `  if (typeof ${local} === 'object' && ${local} !== null) ${local} = ${keep(parts.toPlain)}(${local});`,
      );
      break;
  }
  return lines;
}

/** The same for a list of instances. */
export function listPicker(slot: PickerSlot): Pick {
  return (list) => {
    if (!Array.isArray(list)) return undefined;
    const picked: unknown[] = [];
    for (const each of list as readonly unknown[]) {
      const one = slot.pick(each);
      if (one === undefined) return undefined;
      picked.push(one);
    }
    return picked;
  };
}
