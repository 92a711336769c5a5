export {
  describeBudget,
  divideGracePeriod,
  isKubernetes,
  periodVariable,
  type Budget,
  type BudgetOptions,
} from './budget.js';
export { describeReport } from './describe-report.js';
export { exitCodes } from './exit-code.js';
export { GracefulManager, type HealthStatus, type ManagerParts } from './graceful-manager.js';
export { HealthChecks, indicatorName, type HealthCheckReport } from './health-checks.js';
export {
  hookKey,
  ordersOf,
  toHook,
  type Hook,
  type HookContext,
  type HookFunction,
  type HookMetadata,
  type HookName,
  type HookOptions,
  type HookReport,
} from './hooks.js';
export { hostConsumer, type Consumer } from './hosted-consumer.js';
export { HostedService, type Activity, type Leftover, type StartContext, type StopContext } from './hosted-service.js';
export type {
  ConnectionsCount,
  CutRequest,
  ManagedServer,
  RouteActivity,
  RouteStopReport,
  ServerHealth,
  ServerStopReport,
} from './managed-server.js';
export { isBefore, PhaseTrack, type Lifecycle, type Phase } from './phase.js';
export { runHooks } from './run-hooks.js';
export { ShutdownReport, type PhaseReport } from './shutdown-report.js';
export { requireLameDuckDelay, type StopOptions } from './stop-options.js';
export { describeReason, type StopReason } from './stop-reason.js';
export type { ServiceCloser } from './stop-sequence.js';
export type { RunReport, TimeLimits } from './timed-run.js';
export { WatchedRuns } from './watched-runs.js';
