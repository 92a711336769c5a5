export { TestApplication, type InjectedResponse, type InjectOptions } from './test-application.js';
export { Test, TestBuilder, type OverrideBuilder } from './test-builder.js';
export { VirtualClock } from './virtual-clock.js';
export { createTestContext, TestContext, type SentAnswer, type TestContextOptions } from './test-context.js';
