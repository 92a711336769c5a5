export {
  expectNoDroppedRequests,
  type NoDroppedRequestsOptions,
  type RequestsToSend,
} from './no-dropped-requests/expect-no-dropped-requests.js';
export type { ClientTls } from './no-dropped-requests/balancer.js';
export type {
  LoadCounts,
  LoadKind,
  LoadReport,
  LossKind,
  LostRequest,
  StopRecord,
} from './no-dropped-requests/ledger.js';
export type { RequestToSend } from './no-dropped-requests/request-bytes.js';
export { RequestsDroppedError } from './no-dropped-requests/requests-dropped-error.js';
export type { ClosableInstance, RunningInstance, StoppableInstance } from './no-dropped-requests/running-instance.js';
export { TestApplication, type InjectedResponse, type InjectOptions } from './test-application.js';
export { Test, TestBuilder, type OverrideBuilder } from './test-builder.js';
export { VirtualClock } from './virtual-clock.js';
export { createTestContext, TestContext, type SentAnswer, type TestContextOptions } from './test-context.js';
