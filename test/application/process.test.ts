import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const service = fileURLToPath(new URL('./fixtures/stopping-service.ts', import.meta.url));
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
  const node = [process.execPath, '--import', register, service, behaviour];
  const [file = '', ...rest] =
    command === undefined ? node : [command, ...args, `${node.map((each) => `'${each}'`).join(' ')}; true`];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
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
    const answer = fetch(`${url}/wait?ms=300`);
    await running.says('waiting');
    await fetch(`${url}/${path}`);
    expect(await (await answer).text()).toBe('done');
    expect(await running.ended()).toBe(1);
    expect(running.output()).toContain(what);
    expect(running.output()).toContain(reason);
  });
});

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
