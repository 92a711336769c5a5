/** How answers that `@Returns` describes are held against it. */
export interface ResponseSettings {
  /**
   * What becomes of an answer that does not fit what its `@Returns` promises. It is refused, with a 500 that is logged with the place;
   * logged, and sent with the promised properties, whatever they hold, and no others; or sent so without a word. What a schema refuses is
   * a 500 in each case, since a schema makes nothing of it that could be sent. @default 'refuse'
   */
  readonly misfits?: 'refuse' | 'log' | 'ignore';
}
