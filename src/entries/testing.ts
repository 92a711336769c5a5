import 'reflect-metadata';

export {
  createTestContext,
  Test,
  TestApplication,
  TestBuilder,
  TestContext,
  VirtualClock,
  type InjectedResponse,
  type InjectOptions,
  type OverrideBuilder,
  type SentAnswer,
  type TestContextOptions,
} from '../tools/testing/index.js';
