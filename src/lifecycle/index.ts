export {
  describeBudget,
  divideGracePeriod,
  isKubernetes,
  periodVariable,
  type Budget,
  type BudgetOptions,
  type BudgetPart,
  type Surroundings,
} from './budget.js';
export { describeReport } from './describe-report.js';
export { exitCodes } from './exit-code.js';
export { GracefulManager, type HealthStatus, type ManagerParts, type StopOptions } from './graceful-manager.js';
export {
  hookKey,
  type Hook,
  type HookContext,
  type HookFunction,
  type HookMetadata,
  type HookName,
  type HookOptions,
  type HookReport,
} from './hooks.js';
export { HostedService, type Activity, type StartContext, type StopContext } from './hosted-service.js';
export type {
  ConnectionsCount,
  CutRequest,
  ManagedServer,
  RouteActivity,
  RouteStopReport,
  ServerHealth,
  ServerStopReport,
} from './managed-server.js';
export type { MemberOptions } from './members.js';
export { isBefore, PhaseTrack, type Lifecycle, type Phase } from './phase.js';
export { dependentsOf, runInOrder } from './run-order.js';
export { ShutdownReport, type Leftover, type PhaseReport } from './shutdown-report.js';
export { describeReason, type StopReason } from './stop-reason.js';
export type { ServiceCloser } from './stop-sequence.js';
export { runTimed, type RunReport, type TimeLimits } from './timed-run.js';
export { WatchedRuns } from './watched-runs.js';
