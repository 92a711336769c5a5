import type { ServiceIdentifier } from 'inversify';
import type { LoadedContainer } from '../container/index.js';
import { Clock, Logger, nameOf, type BootReport, type ClassType } from '../foundation/index.js';
import { ErrorFormat } from '../http/index.js';
import { MessageSource } from '../validation/index.js';

const contracts: readonly (readonly [ClassType, readonly string[]])[] = [
  [Logger, ['trace', 'debug', 'info', 'warn', 'error', 'child']],
  [Clock, ['now', 'elapsed', 'schedule', 'turn', 'wait']],
  [ErrorFormat, ['format']],
  [MessageSource, ['messageOf']],
];

/**
 * Reports what is bound to a contract that Bowline calls itself and lacks members of it, as far as it has been made: it
 * would fail at the first call, which may be that of an error.
 */
export function reportLacking(loaded: LoadedContainer, report: BootReport): void {
  for (const [contract, members] of contracts) {
    for (const { constant, instance = constant, module } of loaded.bindingsOf(contract as ServiceIdentifier)) {
      // A promise is one that is still to be awaited.
      if (instance === undefined || instance.value instanceof Promise) continue;
      const lacking = members.filter((member) => !hasMethod(instance.value, member));
      if (lacking.length === 0) continue;
      const reason = `it has no ${lacking.join(', ')}; the contract has the methods ${members.join(', ')}`;
      report.add('BOW_BINDING_FAILED', { module: module.name, identifier: nameOf(contract), reason });
    }
  }
}

/** Reports what says the messages of all requests and would be made for each, or is bound more than once. */
export function reportMessages(loaded: LoadedContainer, report: BootReport): void {
  const bindings = loaded.bindingsOf(MessageSource as ServiceIdentifier);
  const identifier = nameOf(MessageSource);
  const places = bindings.map(({ module }) => module.name);
  if (bindings.length > 1) report.add('BOW_AMBIGUOUS_BINDING', { identifier, places, wantedBy: 'the application' });
  for (const { module, scope } of bindings) {
    const reason =
      'it is in request scope, and one says the messages of all requests; it gets the context of each. Bind it in singleton scope';
    if (scope === 'request') report.add('BOW_BINDING_FAILED', { module: module.name, identifier, reason });
  }
}

/** The members of a Logger that a value lacks. */
export function lackingOfLogger(value: unknown): readonly string[] {
  return (contracts[0]?.[1] ?? []).filter((member) => !hasMethod(value, member));
}

function hasMethod(value: unknown, name: string): boolean {
  try {
    return typeof (value as Readonly<Record<string, unknown>> | null | undefined)?.[name] === 'function';
  } catch {
    // A strict mock of a test throws for what it was not given, and says so when it is called.
    return true;
  }
}
