import { STATUS_CODES } from 'node:http';
import { retryAfterOf } from '../../resilience/index.js';
import { isJson, type WholeBody } from './answer-readers.js';
import { HttpClientError } from './http-client-error.js';
import { readRefusal } from './remote-refusal.js';

/**
 * What an answer with a status that is no success becomes: the refusal that a Bowline server tells of, so that no policy
 * counts it or repeats it, or an HttpClientError. `service` is who answered, `now` the time of day.
 */
export function statusError({ name, status, headers, bytes }: WholeBody, service: string, now: number): Error {
  const type = headers['content-type'] ?? '';
  const body = bytes.toString('utf8');
  const problem = isJson(type) ? parseObject(body) : undefined;
  const refusal = readRefusal(status, problem?.['code'], service, retryAfterOf({ headers }, now));
  if (refusal !== undefined) return refusal;
  const title = STATUS_CODES[status] ?? '';
  const told: readonly unknown[] = [problem?.['detail'], problem?.['title']];
  const detail = told.find((each): each is string => typeof each === 'string' && each !== '' && each !== title);
  return new HttpClientError(
    'BOW_CLIENT_STATUS',
    name,
    { status, title, detail: detail === undefined ? undefined : shortened(detail) },
    {
      answer: {
        status,
        headers,
        body,
        ...(problem !== undefined && /^\s*application\/problem\+json/i.test(type) ? { problem } : {}),
      },
    },
  );
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A sentence that another service wrote, within one of ours. */
function shortened(detail: string): string {
  return detail.length > 200 ? `${detail.slice(0, 200)}...` : detail;
}
