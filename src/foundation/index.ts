export {
  AttemptCall,
  currentOrigin,
  forbidRetries,
  isOfAttempt,
  noteAttempt,
  type RunningAttempt,
} from './attempt-call.js';
export { BootError, BootReport, type BootProblem } from './boot-report.js';
export { classChain, isClass, nameOf, type ClassType } from './class-type.js';
export { Clock, longestDelay, SystemClock, type Timer } from './clock.js';
export {
  Deadline,
  deadlineAfter,
  callersDeadlinePassed,
  deadlineExceeded,
  MovableDeadline,
  passed,
  type DeadlineAfterOptions,
} from './deadline.js';
export { errorCatalogue, errorSentence, type ErrorCode, type ErrorFacts } from './error-catalogue.js';
export { BowlineError, isBowlineError, missingPackageOf, reasonOf } from './errors.js';
export { EventSource, type EventLine } from './event-source.js';
export {
  CallContext,
  contextKey,
  currentCall,
  inCall,
  isContextKey,
  runInCall,
  type CallTarget,
  type ContextKey,
} from './execution-context.js';
export { ExpiryList, type Expiring } from './expiry-list.js';
export {
  HealthIndicator,
  type HealthFinding,
  type HealthGroup,
  type HealthResult,
  type HealthState,
} from './health.js';
export { importOptional } from './import-optional.js';
export { JobContext, type JobContextOptions } from './job-context.js';
export { LifecycleEventSource, type LifecycleEvent, type LifecycleEvents } from './lifecycle-events.js';
export { LinkedList, type Linked } from './linked-list.js';
export { Logger, logSafely, type LogFields, type LogLevel } from './logger.js';
export {
  appendMetadata,
  carriesMetadata,
  emittedParameterTypes,
  isDecoratedElsewhere,
  metadataKey,
  misuseKey,
  ownMetadata,
  type MetadataKey,
} from './metadata.js';
export { nearestName } from './nearest-name.js';
export { Random, SeededRandom, SystemRandom } from './random.js';
export {
  BrokenCircuitError,
  BulkheadRejectedError,
  DeadlineExceededError,
  isRefusal,
  RateLimitedError,
  RefusalError,
  ShuttingDownError,
  TimedOutError,
  type RefusalCode,
} from './refusals.js';
export { dependentsOf, runInOrder } from './run-order.js';
export { isThenable } from './thenable.js';
export {
  booleanOption,
  checkOptions,
  customOption,
  describeValue,
  durationOption,
  integerOption,
  isPlainOptions,
  namedOption,
  nestedOption,
  oneOfOption,
  optionName,
  requireOption,
  requireOptions,
  stringOption,
  type OptionRule,
  type OptionRules,
} from './options-check.js';
