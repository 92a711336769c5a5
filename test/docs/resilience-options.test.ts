import { readFileSync } from 'node:fs';
import {
  attemptTimeout,
  bulkhead,
  chaos,
  circuitBreaker,
  fallback,
  hedge,
  pipeline,
  rateLimit,
  retry,
  timeout,
  type Policy,
} from 'bowline/resilience';
import { beforeAll, describe, expect, it } from 'vitest';
import { typeCheck, writeGenerated } from './code-blocks.js';

const key = (): string => 'one';
const ofChaos = [chaos.latency(), chaos.fault(), chaos.outcome({ result: () => 1 }), chaos.abort()];

interface Page {
  /** The type whose members the table names. */
  readonly type: string;
  /** Types of the members of an option, which are named as `backoff.type`. */
  readonly members?: Readonly<Record<string, string>>;
  /** What reports the defaults of each column, without its options as far as it can do without. */
  readonly columns: Readonly<Record<string, readonly Policy<unknown>[]>>;
  /** Options that those were given, as they cannot do without. */
  readonly given?: readonly string[];
}

const pages: Readonly<Record<string, Page>> = {
  timeout: { type: 'TimeoutOptions', columns: { timeout: [timeout()], attemptTimeout: [attemptTimeout()] } },
  retry: {
    type: 'RetryOptions & KeyOptions',
    members: { backoff: 'BackoffOptions', budget: 'RetryBudgetOptions', retryOn: 'OutcomeFilters' },
    columns: { Default: [retry(), retry({ key })] },
    given: ['key'],
  },
  'circuit-breaker': {
    type: 'CircuitBreakerOptions & KeyOptions',
    columns: { Default: [circuitBreaker(), circuitBreaker({ key })] },
    given: ['key'],
  },
  bulkhead: {
    type: 'BulkheadOptions & KeyOptions',
    members: { maxConcurrent: 'AdaptiveLimitOptions' },
    columns: { Default: [bulkhead({ maxConcurrent: 'adaptive' }), bulkhead(), bulkhead({ key })] },
    given: ['key'],
  },
  'rate-limit': {
    type: 'RateLimitOptions & KeyOptions',
    columns: { Default: [rateLimit(), rateLimit({ key })] },
    given: ['key'],
  },
  fallback: {
    type: 'FallbackOptions<unknown>',
    columns: { Default: [fallback({ value: 1 })] },
    given: ['value', 'run'],
  },
  hedge: { type: 'HedgeOptions', columns: { Default: [hedge()] } },
  chaos: {
    type: 'ChaosLatencyOptions & ChaosFaultOptions & ChaosOutcomeOptions & ChaosAbortOptions',
    columns: { Default: ofChaos },
    given: ['result'],
  },
};

const names = Object.keys(pages);
const headings = ['About', 'Usage', 'Options and defaults', 'Events and metrics', 'Anti-patterns', 'First values'];

/** What the compiler says of {@link optionPrograms}. */
let problems: string;

beforeAll(async () => {
  problems = await typeCheck(await writeGenerated('resilience-options', optionPrograms()));
}, 60_000);

describe.each(names)('docs/guides/resilience/%s.md', (page) => {
  const { columns, given = [] } = pages[page] as Page;
  const policies = Object.values(columns).flat();

  it('has the headings of every policy', () => {
    expect([...textOf(page).matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual(headings);
  });

  it('names each option once', () => {
    const options = rowsOf(page).map((row) => optionOf(row));
    expect(options).toEqual([...new Set(options)]);
    expect(problemsOf(page)).toEqual([]);
  });

  it.each(Object.entries(columns))('tells the defaults under %s', (column, makers) => {
    // Later ones report what the first one does not: the members of an option that is a number by default.
    const reported = makers.map((policy) => ({ mode: policy.mode, ...policy.toJSON().options }));
    for (const row of rowsOf(page)) {
      const option = optionOf(row);
      const cell = cellOf(row, column);
      if (option === 'name' || given.includes(option)) expect(cell).toMatch(/^[a-z ]+$/);
      else expect(`${option}: ${shownDefault(cell, reported, option)}`).toBe(`${option}: ${cell}`);
    }
  });

  it('names every counter', () => {
    const common = Object.keys(pipeline().metrics);
    const counters = policies.flatMap((policy) => Object.keys(policy.metrics));
    const own = counters.filter((counter) => !common.includes(counter) && !['keys', 'evicted'].includes(counter));
    const named = firstLiteralsOf(page, 'Events and metrics', 'Counter');
    expect(named.toSorted()).toEqual([...new Set(own)].toSorted());
  });
});

it('docs/guides/resilience/README.md names every option of a pipeline, every event and the counters of all', () => {
  expect(problemsOf('README')).toEqual([]);
  expect(firstLiteralsOf('README', 'What it tells', 'Counter')).toEqual(Object.keys(pipeline().metrics));
});

it('docs/guides/resilience/rate-limit.md says how long a leaky bucket lets calls wait', () => {
  const { window, maxWait } = rateLimit({ algorithm: 'leaky-bucket', window: 7_000 }).options;
  expect(maxWait).toBe(window);
  expect(textOf('rate-limit')).toContain('A leaky bucket lets them wait for a `window`');
});

it('docs/guides/resilience/circuit-breaker.md says what is other with opossum, a small window and a back-off', () => {
  expect(circuitBreaker({ engine: 'opossum' }).options.permittedCallsInHalfOpen).toBe(1);
  expect(circuitBreaker({ window: { calls: 4 } }).options.minimumCalls).toBe(4);
  expect(circuitBreaker({ openDuration: 'exponential' }).options.openDuration.delay).toBe(5_000);
  const page = textOf('circuit-breaker');
  for (const said of ['With opossum 1', 'all of a window of fewer calls', 'its `delay` is `5_000` unless given'])
    expect(page).toContain(said);
});

/** For each page a program that compiles only where its tables have every member of their types, and no other. */
function optionPrograms(): Record<string, string> {
  const programs = Object.entries(pages).map(([page, { type, members = {} }]) => {
    const options = rowsOf(page).map((row) => optionOf(row));
    const whole = options.filter((option) => !option.includes('.'));
    const parts = Object.entries(members).map(([option, memberType]) => {
      const own = options.filter((each) => each.startsWith(`${option}.`)).map((each) => each.slice(option.length + 1));
      return checkOf(memberType, own);
    });
    return [`${page}.ts`, programOf([checkOf(type, whole), ...parts])];
  });
  const ofAll = [
    checkOf('PipelineOptions', firstLiteralsOf('README', 'Order', 'Option')),
    checkOf('PolicyEvents', firstLiteralsOf('README', 'What it tells', 'Event')),
  ];
  return { ...Object.fromEntries(programs), 'README.ts': programOf(ofAll) };
}

function programOf(checks: readonly string[]): string {
  const types = checks.flatMap((check) => check.match(/\b[A-Z]\w+(?:Options|Filters|Events)\b/g) ?? []);
  return [`import type { ${[...new Set(types)].join(', ')} } from 'bowline/resilience';`, ...checks].join('\n');
}

function problemsOf(page: string): string[] {
  return problems.split('\n').filter((line) => line.startsWith(`${page}.ts(`));
}

function checkOf(type: string, members: readonly string[]): string {
  const entries = members.map((member) => `${member}: true`).join(', ');
  return `({ ${entries} }) satisfies Record<keyof (${type}), true>;`;
}

/** What the cell would be by what policies report: itself where it is right. */
function shownDefault(cell: string, reported: readonly Readonly<Record<string, unknown>>[], option: string): string {
  const [name = '', member] = option.split('.');
  const other = /^as `(\w+)`$/.exec(cell)?.[1];
  const values = reported.map((options) => valueOf(options[name], member)).filter((value) => value !== undefined);
  if (other !== undefined) return values[0] === reported[0]?.[other] ? cell : `not that of ${other}`;
  const plain = values.find((value) => typeof value !== 'object' && value !== 'the default' && value !== 'none');
  if (plain === undefined || option === 'store') {
    // There is nothing that could be written as a value, so there are words.
    return /^[a-z ]+$/.test(cell) ? cell : 'words';
  }
  return `\`${typeof plain === 'string' ? `'${plain}'` : numberOrWord(plain)}\``;
}

function valueOf(value: unknown, member: string | undefined): unknown {
  if (typeof value !== 'object' || value === null) return member === undefined ? value : undefined;
  const { type, delay } = value as { readonly type?: unknown; readonly delay?: unknown };
  if (member !== undefined) return (value as Readonly<Record<string, unknown>>)[member];
  // A constant back-off is written as its milliseconds.
  return type === 'constant' ? delay : value;
}

function numberOrWord(value: unknown): string {
  return typeof value === 'number' && value >= 1_000 ? value.toLocaleString('en').replaceAll(',', '_') : String(value);
}

/** The rows of the table whose first column has that title, as cells by the words above them. */
function rowsOf(page: string, heading = 'Options and defaults', first = 'Option'): ReadonlyMap<string, string>[] {
  const tables = sectionOf(page, heading).match(/^\|.*\|\n(?:\|.*\|\n)+/gm) ?? [];
  const table = tables.find((each) => each.startsWith(`| ${first} |`)) ?? '';
  const [head = [], _line, ...rows] = table
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(2, -2).split(' | '));
  return rows.map((cells) => new Map(head.map((title, index) => [title.replaceAll('`', ''), cells[index] ?? ''])));
}

/** What stands in code in the first column of a table. */
function firstLiteralsOf(page: string, heading: string, first: string): string[] {
  return rowsOf(page, heading, first).flatMap((row) => literalsOf(cellOf(row, first)));
}

function optionOf(row: ReadonlyMap<string, string>): string {
  return literalsOf(cellOf(row, 'Option'))[0] ?? '';
}

function cellOf(row: ReadonlyMap<string, string>, column: string): string {
  return row.get(column) ?? `there is no column ${column}`;
}

function literalsOf(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, literal = '']) => literal);
}

function sectionOf(page: string, heading: string): string {
  return (
    textOf(page)
      .split(/^## /m)
      .find((section) => section.startsWith(`${heading}\n`)) ?? ''
  );
}

function textOf(page: string): string {
  return readFileSync(new URL(`../../docs/guides/resilience/${page}.md`, import.meta.url), 'utf8');
}
