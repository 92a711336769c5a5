/** How classes with rules are validated. */
export interface ValidationSettings {
  /**
   * What becomes of properties that no rule names: they are taken away, refused with 400, or kept. A client of tomorrow may send
   * one to a server of yesterday while both run, so the default takes them away. @default 'strip'
   */
  readonly unknown?: 'strip' | 'refuse' | 'keep';
  /** Rules of these groups are asked, and those that are always asked. @default all rules */
  readonly groups?: readonly string[];
  /** Whether the first rule of a property that fails is the only one told. @default false */
  readonly stopAtFirstError?: boolean;
  /** The status of an answer that lists what failed. @default 400 */
  readonly status?: RefusalStatus;
}

export type RefusalStatus = 400 | 422;

/** The same as class-validator calls it. */
export interface RuleOptions {
  readonly whitelist: boolean;
  readonly forbidNonWhitelisted: boolean;
  readonly forbidUnknownValues: boolean;
  readonly stopAtFirstError: boolean;
  readonly groups?: string[];
}

export function toRuleOptions({
  unknown = 'strip',
  groups = [],
  stopAtFirstError = false,
}: ValidationSettings): RuleOptions {
  return {
    whitelist: unknown !== 'keep',
    forbidNonWhitelisted: unknown === 'refuse',
    forbidUnknownValues: true,
    stopAtFirstError,
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
  };
}
