export type { AdaptiveLimitOptions } from './adaptive-limit.js';
export type { Backoff, BackoffOptions, BackoffType } from './backoff.js';
export type { BulkheadOptions } from './bulkhead-options.js';
export { bulkhead, BulkheadPolicy, type BulkheadMetrics } from './bulkhead.js';
export {
  chaos,
  ChaosPolicy,
  type ChaosAbortOptions,
  type ChaosFaultOptions,
  type ChaosLatencyOptions,
  type ChaosMetrics,
  type ChaosOptions,
  type ChaosOutcomeOptions,
} from './chaos.js';
export {
  CircuitBreakerEngine,
  type CircuitOutcome,
  type CircuitState,
  type EngineCapabilities,
  type EngineHost,
  type EngineOptions,
  type SeenCalls,
} from './circuit-breaker-engine.js';
export type { CircuitBreakerOptions, EngineFactory } from './circuit-breaker-options.js';
export { circuitBreaker, CircuitBreakerPolicy, type CircuitBreakerMetrics } from './circuit-breaker.js';
export { fallback, FallbackPolicy, type FallbackMetrics, type FallbackOptions } from './fallback.js';
export { hedge, HedgePolicy, type HedgeMetrics, type HedgeOptions } from './hedge.js';
export { KeyedPolicy, type KeyedCall, type KeyedMetrics, type KeyOptions } from './keyed-policy.js';
export type { LatencySnapshot } from './latency-histogram.js';
export { MemoryRateLimitStore, type MemoryRateLimitStoreOptions } from './memory-rate-limit-store.js';
export type { AttemptContext, ExecuteOptions } from './ongoing-call.js';
export type { OutcomeFilter, OutcomeFilters } from './outcome-filter.js';
export type { CallMetrics } from './pipeline-metrics.js';
export { orderedPipeline, pipeline, ResiliencePipeline, type PipelineOptions } from './pipeline.js';
export type { DefinedKind, PipelineDefinition } from './pipeline-definition.js';
export type { PolicyLayer } from './policy-layers.js';
export { definitionsIn, type PipelineDefinitions } from './plan-pipeline.js';
export {
  NamedPipelines,
  policyLines,
  PolicyRegistry,
  PolicySource,
  type BrokenCircuit,
  type PipelineExplanation,
} from './policy-registry.js';
export {
  hasPolicies,
  policiesOf,
  policyFreeKey,
  policyKey,
  type PolicedClass,
  type PolicedMethod,
  type UsePolicyOptions,
} from './policy-uses.js';
export type { PolicyEvent, PolicyEvents } from './policy-events.js';
export type { PolicyMode, PolicyOptions } from './policy-options.js';
export { Policy, type PolicyDescription, type PolicyKind } from './policy.js';
export type { PriorityShares } from './priority-shares.js';
export {
  RateLimitStore,
  type RateLimitAlgorithm,
  type RateLimitDecision,
  type RateLimitRule,
} from './rate-limit-store.js';
export { rateLimit, RateLimitPolicy, type RateLimitMetrics, type RateLimitOptions } from './rate-limit.js';
export { retryAfterOf } from './retry-after.js';
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.js';
export type { RetryOptions } from './retry-options.js';
export { retry, retryBudget, RetryPolicy, type RetryMetrics } from './retry.js';
export { attemptTimeout, timeout, TimeoutPolicy, type TimeoutMetrics, type TimeoutOptions } from './timeout.js';
