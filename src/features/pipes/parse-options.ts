/** What every pipe takes that makes a value of a text. */
export interface ParseOptions {
  /** Whether a missing value stays undefined; else it is a 400. @default false */
  readonly optional?: boolean;
}

/** What stands for a missing value. */
export type Absent<O extends ParseOptions> = O extends { readonly optional: true } ? undefined : never;
