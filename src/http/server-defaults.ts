import { defaultMultipartLimits } from './files/multipart-limits.js';
import type { ResolvedLimits, ResolvedTimeouts } from './server-options.js';

export const defaultLimits: ResolvedLimits = {
  body: 1_048_576,
  unread: 1_048_576,
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
