/** What a builder gives back for a value that it does not take over: class-validator is asked then. */
export const miss: unique symbol = Symbol('miss');
export type Miss = typeof miss;
