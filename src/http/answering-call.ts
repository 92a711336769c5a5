import type { ServerResponse } from 'node:http';
import type { HttpError } from './http-error.js';
import type { RouteDescription } from './route-description.js';

const kCall = Symbol('call');

/** What a server may ask of a call, and do to it, while it stops. */
export interface AnsweringCall {
  readonly route: RouteDescription | undefined;
  /** Tells the handler, by its signal, that its time is over. */
  abort(reason: HttpError): void;
  /** Answers in its place, where nothing has gone out. */
  giveUp(error: HttpError): void;
}

/** Says which call is going to be answered by `response`. */
export function noteCall(response: ServerResponse, call: AnsweringCall): void {
  (response as { [kCall]?: AnsweringCall })[kCall] = call;
}

/** The call that is going to be answered by it; undefined where native code answers. */
export function callOf(response: ServerResponse): AnsweringCall | undefined {
  return (response as { [kCall]?: AnsweringCall })[kCall];
}
