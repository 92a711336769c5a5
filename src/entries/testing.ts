import 'reflect-metadata';

export {
  createTestContext,
  Test,
  TestApplication,
  TestBuilder,
  TestContext,
  type InjectedResponse,
  type InjectOptions,
  type OverrideBuilder,
  type SentAnswer,
  type TestContextOptions,
} from '../tools/testing/index.js';
