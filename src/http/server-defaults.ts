import { defaultMultipartLimits } from './files/multipart-limits.js';
import type { ResolvedDeadlineOptions, ResolvedLimits, ResolvedTimeouts } from './server-options.js';

export const defaultLimits: ResolvedLimits = {
  body: 1_048_576,
  unread: 16_777_216,
  jsonDepth: 64,
  formFields: 1_000,
  headers: 16_384,
  multipart: defaultMultipartLimits,
};

export const defaultTimeouts: ResolvedTimeouts = {
  head: 10_000,
  request: 300_000,
  body: 60_000,
  keepAlive: 72_000,
  handler: 30_000,
};

export const defaultDeadline: ResolvedDeadlineOptions = {
  default: 0,
  max: 300_000,
  header: 'x-request-timeout-ms',
};
