import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Logger } from 'bowline';
import { DeadlineExceededError } from 'bowline/resilience';
import { VirtualClock } from 'bowline/testing';
import { describe, expect, it } from 'vitest';
import { compileTrust, defaultDeadline, type RouteDescription } from '../../src/http/index.js';
import { RequestDeadlines, type LimitedCall } from '../../src/http/request-deadlines.js';
import { silent } from '../server/server-fixture.js';

function requestOf(headers: Record<string, string> = {}) {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  return { request, response: new ServerResponse(request) };
}

/** A call to a route with a deadline of its own, or without one, that notes when it is over. */
function callTo(deadline: number | undefined): LimitedCall & { readonly reasons: DeadlineExceededError[] } {
  const reasons: DeadlineExceededError[] = [];
  const route = { controller: 'OrderController', handler: 'find', ...(deadline === undefined ? {} : { deadline }) };
  return {
    reasons,
    route: route as RouteDescription,
    signal: new AbortController().signal,
    passDeadline: (reason) => reasons.push(reason),
  };
}

function setUp() {
  const clock = new VirtualClock();
  const lines: unknown[] = [];
  const log: Logger = Object.assign(Object.create(silent), {
    debug: (message: string, fields: unknown) => lines.push([message, fields]),
  });
  const deadlines = new RequestDeadlines({ clock, log, trust: compileTrust(1), options: defaultDeadline });
  const open = (deadline: number | undefined, said?: string) => {
    const call = callTo(deadline);
    const { request, response } = requestOf(said === undefined ? {} : { 'x-request-timeout-ms': said });
    return { call, deadline: deadlines.open(call, request, response) };
  };
  return { clock, deadlines, lines, open };
}

describe('the deadlines of a server', () => {
  it('have one timer for all requests with the same limit, and another for what callers say', async () => {
    const { clock, open } = setUp();
    const own = Array.from({ length: 50 }, () => open(100));
    const said = Array.from({ length: 50 }, (_, index) => open(100, String(99 - index)));
    for (const { deadline } of [...own, ...said]) deadline?.enforce();
    expect(clock.pending).toBeLessThanOrEqual(2);

    await clock.advance(75);
    expect(said.filter(({ call }) => call.reasons.length > 0)).toHaveLength(26);
    await clock.advance(25);
    expect([...own, ...said].map(({ call }) => call.reasons.length)).toEqual(Array.from({ length: 100 }, () => 1));
    expect(clock.pending).toBe(0);
  });

  it('name the handler, and the limit that counted', async () => {
    const { clock, open } = setUp();
    const { call, deadline } = open(100, '40');
    deadline?.enforce();
    await clock.advance(40);
    expect(call.reasons.map(({ message }) => message)).toEqual([
      'OrderController.find gave the call up: its deadline of 40 ms has passed.',
    ]);
    expect(call.reasons[0]).toBeInstanceOf(DeadlineExceededError);
  });

  it('do nothing once the exchange is over', async () => {
    const { clock, open } = setUp();
    const { call, deadline } = open(100);
    deadline?.enforce();
    deadline?.forget();
    await clock.advance(1_000);
    expect(call.reasons).toEqual([]);
  });

  it('count from the arrival of the head', async () => {
    const { clock, deadlines } = setUp();
    const { request, response } = requestOf();
    deadlines.inFrontOf(() => undefined, true)(request, response);
    await clock.advance(30);
    expect(deadlines.open(callTo(100), request, response)?.remaining).toBe(70);
  });

  it('tell the log of what a caller says and nobody understands', () => {
    const { lines, open } = setUp();
    expect(open(undefined, 'soon').deadline).toBeUndefined();
    expect(lines).toEqual([
      ['The header x-request-timeout-ms is no whole number of milliseconds, and was ignored', { got: "'soon'" }],
    ]);
  });
});
