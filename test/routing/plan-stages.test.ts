import { describe, expect, it } from 'vitest';
import { HttpOnly, UseGuards } from '../../src/decorators/index.js';
import { BootReport } from '../../src/foundation/index.js';
import { planStages } from '../../src/routing/plan-stages.js';

@HttpOnly()
class ByHeader {
  canActivate(): boolean {
    return true;
  }
}

class Everywhere {
  canActivate(): boolean {
    return true;
  }
}

@UseGuards(new ByHeader(), new Everywhere())
class Consumer {
  take(): void {}
}

function plan(transport: string) {
  const report = new BootReport();
  const stages = planStages(
    { controller: Consumer, name: 'take', server: 'main' },
    { report, transport, globalsOf: () => [], bindingOf: () => undefined },
  );
  return {
    names: stages.map(({ description }) => description.name),
    problems: report.problems.map(({ message }) => message),
  };
}

describe('a stage that needs HTTP', () => {
  it('stands on what comes by HTTP', () => {
    expect(plan('http')).toEqual({ names: ['ByHeader', 'Everywhere'], problems: [] });
  });

  it('is a mistake on any other transport', () => {
    expect(plan('grpc')).toEqual({
      names: ['Everywhere'],
      problems: ['@UseGuards of Consumer: ByHeader needs http, and these calls come by grpc.'],
    });
  });
});
