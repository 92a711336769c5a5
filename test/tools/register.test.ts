import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'bowline-register-'));
  await mkdir(join(project, 'node_modules'));
  await symlink(root, join(project, 'node_modules/bowline'));
  await symlink(join(root, 'node_modules/reflect-metadata'), join(project, 'node_modules/reflect-metadata'));
});

afterEach(() => rm(project, { recursive: true }));

test('runs decorated classes with the types of their constructor, enums and parameter properties', async () => {
  await write({
    'main.ts': `
      import 'reflect-metadata';
      import { Mailer, Size } from './mailer.js';
      const Injectable = (): ClassDecorator => () => {};
      @Injectable()
      class Shop { open!: boolean; constructor(readonly mailer: Mailer, readonly name: string) {} }
      const types = Reflect.getMetadata('design:paramtypes', Shop).map((type: Function) => type.name);
      console.log(JSON.stringify({ types, fields: Object.keys(new Shop(new Mailer(), 'x')), size: Size.big }));`,
    'mailer.ts': `export class Mailer {}\nexport enum Size { small, big }`,
  });

  const { stdout } = await run('main.ts');

  expect(JSON.parse(stdout)).toEqual({ types: ['Mailer', 'String'], fields: ['mailer', 'name'], size: 1 });
});

test('replaces methods, accessors and classes as their decorators say, in the order of TypeScript', async () => {
  await write({
    'main.ts': `
      const order: string[] = [];
      const mark = (name: string) => (...args: any[]): any => { order.push(name + ':' + args.length); };
      const twice = (_target: object, _key: string, at: PropertyDescriptor) => {
        const method = at.value;
        return { ...at, value: () => method() * 2 };
      };
      const swap = (): any => class Other { static label = 'other'; };
      class A { @mark('outer') @twice @mark('inner') n(@mark('parameter') _x?: number) { return 21; } @mark('field') f = 1; }
      @swap class B { static label = 'b'; }
      console.log(new A().n(), B.label, order.join(' '));`,
  });

  expect((await run('main.ts')).stdout.trim()).toBe('42 other parameter:3 inner:3 outer:3 field:3');
});

test('follows the nearest tsconfig.json, what it extends included', async () => {
  await write({
    'tsconfig.json': `{ /* a comment */ "extends": "./base.json", "compilerOptions": { "emitDecoratorMetadata": false, } }`,
    'base.json': `{ "compilerOptions": { "useDefineForClassFields": true } }`,
    'main.ts': `
      import 'reflect-metadata';
      const Field = (): PropertyDecorator => () => {};
      class Order { @Field() id!: number; note!: string; }
      console.log(Reflect.getMetadata('design:type', Order.prototype, 'id'), Object.keys(new Order()).join());`,
  });

  expect((await run('main.ts')).stdout.trim()).toBe('undefined id,note');
});

test('disposes what `using` declares, also on a Node without it', async () => {
  await write({
    'main.ts': `
      const log: string[] = [];
      try {
        using a = { [Symbol.dispose]() { log.push('a'); } };
        await using b = { async [Symbol.asyncDispose]() { log.push('b'); } };
        throw new Error('kept');
      } catch (error) { log.push((error as Error).message); }
      console.log(log.join());`,
  });

  expect((await run('main.ts')).stdout.trim()).toBe('b,a,kept');
});

test('names the lines of the source in a stack trace', async () => {
  await write({ 'main.ts': `interface Gone {\n  a: string;\n}\n\nthrow new Error('on line five');\n` });

  expect((await run('main.ts')).stderr).toContain(`${join(project, 'main.ts')}:5:`);
});

test('reports a syntax error with its file, line and code', async () => {
  await write({ 'main.ts': `import './broken.js';`, 'broken.ts': `const fine = 1;\nconst = 2;\n` });

  const { stderr, code } = await run('main.ts');

  expect(code).toBe(1);
  expect(stderr).toContain('SyntaxError: broken.ts:2:7: Unexpected token');
  expect(stderr).toContain('2 | const = 2;');
});

test('prefers the .js file where there is one, and complains about the name that was written', async () => {
  await write({
    'main.ts': `import { from } from './both.js';\nconsole.log(from);\nawait import('./absent.js');`,
    'both.js': `export const from = 'js';`,
    'both.ts': `export const from = 'ts';`,
  });

  const { stdout, stderr } = await run('main.ts');

  expect(stdout.trim()).toBe('js');
  expect(stderr).toContain(`Cannot find module '${join(project, 'absent.js')}'`);
});

test('leaves the TypeScript files of packages to Node', async () => {
  await write({
    'node_modules/typed/package.json': '{ "name": "typed", "type": "module", "exports": "./index.ts" }',
    'node_modules/typed/index.ts': 'export {};',
    'main.ts': `await import('typed').catch((error) => console.log(error.code));`,
  });

  expect((await run('main.ts')).stdout.trim()).toBe('ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING');
});

test('says how to install oxc-transform when it is missing', async () => {
  await write({ 'main.ts': '' });
  const hide = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      return next(specifier === 'oxc-transform' ? 'not-installed-here' : specifier, context);
    } });`;

  const { stderr, code } = await run('main.ts', `--import=data:text/javascript,${encodeURIComponent(hide)}`);

  expect(code).toBe(1);
  expect(stderr).toContain(
    'bowline/register needs the package oxc-transform, which is not installed. Run: npm install',
  );
});

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    await mkdir(dirname(join(project, name)), { recursive: true });
    await writeFile(join(project, name), text);
  }
}

/** As a user runs it, on what the build made. */
function run(file: string, ...flags: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve) => {
    const args = [...flags, '--import', 'bowline/register', file];
    const child = execFile(process.execPath, args, { cwd: project }, (_error, stdout, stderr) => {
      resolve({ stdout, stderr, code: child.exitCode ?? -1 });
    });
  });
}
