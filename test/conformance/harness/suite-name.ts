/** What a suite of behaviours is, by its name: `replies on koa over https`. */
export interface SuiteName {
  readonly kind: SuiteKind;
  readonly title: string;
  readonly provider: string;
}

export const suiteKinds = ['behaviours', 'of them over https too', 'of them as tsc compiles them'] as const;

export type SuiteKind = (typeof suiteKinds)[number];

/** Undefined for a suite that is about no provider. */
export function readSuiteName(name: string): SuiteName | undefined {
  const match = /^(.*) on (\w+)( over https)?$/.exec(name);
  if (match === null) return undefined;
  const [, title = '', provider = '', secure] = match;
  return { kind: kindOf(title, secure !== undefined), title, provider };
}

function kindOf(title: string, isSecure: boolean): SuiteKind {
  if (isSecure) return 'of them over https too';
  return title.endsWith('compiled by tsc') ? 'of them as tsc compiles them' : 'behaviours';
}
