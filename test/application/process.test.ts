import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BowlineError, createApplication, defineModule, HostedService, type ApplicationOptions } from 'bowline';

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
const register = fileURLToPath(new URL('../../dist/entries/register.js', import.meta.url));

interface Service {
  readonly child: ChildProcess;
  readonly output: () => string;
  url(): Promise<string>;
  /** Resolves once the output has the text. */
  says(text: string): Promise<void>;
  /** Resolves with the exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals | null>;
}

function start(behaviour: string, [command, ...args]: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Service {
  return run(fixture('stopping-service'), behaviour, [command, ...args], env);
}

function run(
  file: string,
  behaviour: string,
  [command, ...args]: readonly (string | undefined)[] = [],
  env: NodeJS.ProcessEnv = {},
): Service {
  const node = [process.execPath, '--import', register, file, behaviour];
  const [program = '', ...rest] =
    command === undefined ? node : [command, ...args.map(String), `${node.map((each) => `'${each}'`).join(' ')}; true`];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let output = '';
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const waiting = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  onTestFinished(() => void child.kill('SIGKILL'));
  const says = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      waiting.add(look);
      look();
    });
  return {
    child,
    says,
    output: () => output,
    url: async () => {
      await says('listening on ');
      return /^listening on (\S+)$/m.exec(output)?.[1] ?? '';
    },
    ended: async () => {
      const [code, signal] = await exited;
      return code ?? signal;
    },
  };
}

describe('a process that is told to end', () => {
  it('answers what is in flight and ends with 0', async () => {
    const running = start('');
    const answer = fetch(`${await running.url()}/wait?ms=300`);
    await running.says('waiting');
    running.child.kill('SIGTERM');
    expect(await (await answer).text()).toBe('done');
    expect(await running.ended()).toBe(0);
    expect(running.output()).toContain('consumer stopped');
    expect(running.output()).toContain('"inFlight":1,"finished":1');
  });

  it('ends with 20 where a request had to be cut', async () => {
    const running = start('deaf');
    const answer = fetch(`${await running.url()}/wait?ms=60000`);
    await running.says('waiting');
    running.child.kill('SIGTERM');
    expect((await answer).status).toBe(503);
    expect(await running.ended()).toBe(20);
    expect(running.output()).toContain('GET /wait was cut: its time was over');
  });

  it('ends with 21 where a hook failed', async () => {
    const running = start('failing-hook');
    await running.url();
    running.child.kill('SIGINT');
    expect(await running.ended()).toBe(21);
    expect(running.output()).toContain('PreShutdown of Clean.flush failed');
  });

  it('cuts at the second signal and ends with 22', async () => {
    const running = start('');
    const answer = fetch(`${await running.url()}/wait?ms=60000`);
    await running.says('waiting');
    running.child.kill('SIGTERM');
    await running.says('The application is draining');
    await new Promise((resolve) => setTimeout(resolve, 400));
    running.child.kill('SIGTERM');
    expect((await answer.catch(() => ({ status: 0 }))).status).not.toBe(404);
    expect(await running.ended()).toBe(22);
    expect(running.output()).toContain('consumer stopped');
  });

  it('takes a signal that comes twice at once for one, as npm doubles that of a terminal', async () => {
    const running = start('');
    const answer = fetch(`${await running.url()}/wait?ms=500`);
    await running.says('waiting');
    running.child.kill('SIGINT');
    await running.says('The application is draining');
    running.child.kill('SIGINT');
    expect(await (await answer).text()).toBe('done');
    expect(await running.ended()).toBe(0);
  });

  it('gives up a start under way, without an error of its own', async () => {
    const running = start('slow-start');
    await running.says('starting');
    running.child.kill('SIGTERM');
    expect(await running.ended()).toBe(0);
    expect(running.output()).not.toContain('BowlineError: ');
    expect(running.output()).not.toContain('listening on');
  });

  it('ends cleanly while OnReady still runs', async () => {
    const running = start('slow-ready');
    await running.says('announcing');
    running.child.kill('SIGTERM');
    expect(await running.ended()).toBe(0);
    expect(running.output()).not.toContain('BowlineError: ');
    expect(running.output()).toContain('consumer stopped');
  });

  it('drains a worker that has opened no port', async () => {
    const running = start('worker');
    await running.says('working');
    running.child.kill('SIGTERM');
    expect(await running.ended()).toBe(0);
    expect(running.output()).toContain('consumer stopped');
  });

  it('is killed where its loop is stuck in a handler, whose route is named', async () => {
    const running = start('stuck');
    const url = await running.url();
    running.child.kill('SIGTERM');
    await running.says('The application is a lame duck');
    void fetch(`${url}/stuck`).catch(() => undefined);
    expect(await running.ended()).toBe('SIGKILL');
    expect(running.output()).toMatch(/killing it\. .* GET \/stuck \(WorkController\.stuck\)\./);
  });

  it('names what keeps it alive afterwards, and ends all the same', async () => {
    const running = start('left-running');
    await running.url();
    running.child.kill('SIGTERM');
    expect(await running.ended()).toBe(0);
    expect(running.output()).toContain('"activeHandles":["Timeout"]');
  });

  it('waits for all applications that live in it', async () => {
    const running = start('two');
    const answer = fetch(`${await running.url()}/wait?ms=300`);
    await running.says('waiting');
    running.child.kill('SIGTERM');
    expect(await (await answer).text()).toBe('done');
    expect(await running.ended()).toBe(0);
    expect(running.output().match(/"msg":"The application has stopped"/g)).toHaveLength(2);
    expect(running.output().match(/SIGTERM received/g)).toHaveLength(1);
  });
});

describe('a process with an error that nobody caught', () => {
  it.each([
    ['throw', 'An error that nobody caught', 'thrown by nobody'],
    ['reject', 'A rejection that nobody handled', 'rejected by nobody'],
  ])('finishes what is in flight and ends with 1 (%s)', async (path, what, reason) => {
    const running = start('');
    const url = await running.url();
    // Longer than a stopped process may linger.
    const answer = fetch(`${url}/wait?ms=1500`);
    await running.says('waiting');
    await fetch(`${url}/${path}`);
    expect(await (await answer).text()).toBe('done');
    expect(await running.ended()).toBe(1);
    expect(running.output()).toContain(what);
    expect(running.output()).toContain(reason);
    expect(running.output()).toContain('consumer stopped');
  });
});

describe('a process with an error on the way to its end', () => {
  it('takes the first signal after the error for the first, and ends with 1', async () => {
    const running = start('');
    const url = await running.url();
    const answer = fetch(`${url}/wait?ms=600`);
    await running.says('waiting');
    await fetch(`${url}/reject`);
    await running.says('The application is draining');
    running.child.kill('SIGTERM');
    await running.says('SIGTERM received');
    expect(await (await answer).text()).toBe('done');
    expect(await running.ended()).toBe(1);
    expect(running.output()).not.toContain('cutting');
  });

  it('takes the first signal before the error and the one after it for two, and still reports', async () => {
    const running = start('deaf-long');
    const url = await running.url();
    void fetch(`${url}/wait?ms=60000`).catch(() => undefined);
    await running.says('waiting');
    const other = fetch(`${url}/wait?ms=60000`).catch(() => undefined);
    running.child.kill('SIGTERM');
    await running.says('The application is draining');
    await new Promise((resolve) => setTimeout(resolve, 400));
    running.child.kill('SIGTERM');
    await other;
    expect(await running.ended()).toBe(22);
    expect(running.output()).toContain('The application has stopped');
  });

  it('has it in its report, whose exit code is that of the process', async () => {
    const running = start('throws-late');
    await running.url();
    running.child.kill('SIGTERM');
    expect(await running.ended()).toBe(1);
    expect(running.output()).toMatch(
      /"level":"warn".*"exitCode":1,.*"uncaught":\["thrown by nobody"\].*"msg":"The application has stopped"/,
    );
  });
});

it('shows its report as a text where the log is for eyes', async () => {
  const running = start('pretty');
  await running.url();
  running.child.kill('SIGTERM');
  expect(await running.ended()).toBe(21);
  expect(running.output()).toMatch(
    /WARN: The application has stopped\n {4}report: Stopped by SIGTERM in \d+ ms, exit code 21: .*; failed: Clean\.flush\n {6}phases/,
  );
  // What an error quotes is not obeyed by a terminal.
  expect(running.output()).toContain('failed: the disk  [31m is full');
});

describe('two applications in one process', () => {
  const both = (behaviour: string): Service => run(fixture('two-applications'), behaviour);

  it('each count their own signals, and the backstop of one is no concern of the other', async () => {
    const running = both('own-signals');
    await running.says('second at');
    running.child.kill('SIGUSR2');
    await running.says('first stopped');
    const answer = fetch(`${addressIn(running, 'second')}/wait?ms=1500`);
    await running.says('waiting');
    running.child.kill('SIGTERM');
    expect(await (await answer).text()).toBe('done');
    expect(await running.ended()).toBe(0);
    expect(running.output()).not.toContain('killing it');
  });

  it('do not end together by an error that only one of them is to hear of', async () => {
    const running = both('own-errors');
    await running.says('second at');
    await fetch(`${addressIn(running, 'first')}/reject`);
    await running.says('first stopped');
    const answer = fetch(`${addressIn(running, 'second')}/wait?ms=300`);
    await running.says('waiting');
    running.child.kill('SIGTERM');
    expect(await (await answer).text()).toBe('done');
    expect(await running.ended()).toBe(1);
  });

  it('both stop where the signal came while the second was being made', async () => {
    const running = both('late');
    expect(await running.ended()).toBe(0);
    expect(running.output()).toContain('first stopped');
    expect(running.output()).toContain('second stopped');
    expect(running.output()).not.toContain('the second has started');
  });

  it('do not end together where the second came when the first had stopped', async () => {
    const running = both('next');
    await running.says('second at');
    // Longer than a stopped process may take to end.
    const answer = fetch(`${addressIn(running, 'second')}/wait?ms=1500`);
    expect(await (await answer).text()).toBe('done');
    running.child.kill('SIGTERM');
    await running.says('second stopped');
    expect(await running.ended()).toBe(0);
  });
});

describe('the listeners of a process', () => {
  const events = ['SIGTERM', 'SIGINT', 'uncaughtException'];
  const counts = (): readonly number[] => events.map((event) => process.listenerCount(event));
  const quiet = { logger: { level: 'silent' }, lameDuckDelay: 0, drainIdleTimeout: 10 } as const;
  const host = defineModule({
    bind: ({ bind }) =>
      void bind(HostedService).toConstantValue(
        new (class Worker extends HostedService {
          override stop(): void {}
        })(),
      ),
  });

  it('go when the manager has stopped the application', async () => {
    const before = counts();
    const app = await createApplication(quiet);
    await app.listen({ port: 0, host: '127.0.0.1' });
    expect(counts()).toEqual(before.map((count) => count + 1));
    await app.manager.gracefulStop();
    expect(counts()).toEqual(before);
  });

  it.each<[string, ApplicationOptions, number]>([
    ['hosts a service', { modules: [host] }, 1],
    ['hosts a service and has `signals: false`', { modules: [host], signals: false }, 0],
    ['hosts nothing', {}, 0],
    ['hosts nothing and has `signals: true`', { signals: true }, 1],
  ])('are set by start() as befits an application that %s', async (_which, options, added) => {
    const before = counts();
    const app = await createApplication({ ...quiet, ...options });
    await app.start();
    expect(counts()).toEqual(before.map((count) => count + added));
    await app.listen({ port: 0, host: '127.0.0.1' });
    expect(counts()).toEqual(before.map((count) => count + (options.signals === false ? 0 : 1)));
    await app.close();
    expect(counts()).toEqual(before);
  });

  it('are gone where a start was given up, which says so', async () => {
    const before = counts();
    const app = await createApplication(quiet);
    const listening = app.listen({ port: 0, host: '127.0.0.1' }).catch((error: unknown) => error);
    await app.close();
    expect(await listening).toEqual(new BowlineError('BOW_START_GIVEN_UP', { reason: 'api' }));
    expect(counts()).toEqual(before);
  });
});

function addressIn(running: Service, name: string): string {
  return new RegExp(`^${name} at (\\S+)$`, 'm').exec(running.output())?.[1] ?? '';
}

describe.runIf(process.platform === 'linux')('a process behind the shell of a package manager', () => {
  const environment = { npm_lifecycle_event: 'start', npm_config_user_agent: 'npm/11.0.0 node/v24' };

  it('says how to do without it, and stops when it is gone', async () => {
    // The second command keeps the shell from handing its place over.
    const running = start('', ['sh', '-c'], environment);
    await running.url();
    await running.says('begin the script \'start\' in package.json with \\"exec\\"');
    running.child.kill('SIGKILL');
    await running.says('The application has stopped');
  });
});
