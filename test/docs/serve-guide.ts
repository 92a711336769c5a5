import type { ContainerModule } from 'bowline';
import { Test, type TestApplication } from 'bowline/testing';
import { onTestFinished } from 'vitest';

/** An application of the modules that a guide shows, closed when the test is over. */
export async function serve(...modules: ContainerModule[]): Promise<TestApplication> {
  const app = await Test.createApplication({ modules, logger: { level: 'silent' } }).create();
  onTestFinished(() => app.close());
  return app;
}
