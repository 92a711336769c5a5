import { describe, expect, it } from 'vitest';
import { booting, InstalledProject } from './installed-project.js';

async function problemsIn(project: InstalledProject, loader?: string): Promise<unknown> {
  const { stdout, stderr } = await project.run('main.ts', loader);
  return stdout === '' ? stderr : (JSON.parse(stdout) as unknown);
}

describe('an optional package that is not installed', () => {
  it('is named with its command where a body is to be validated', async () => {
    await using project = await InstalledProject.create({ without: ['class-validator', 'class-transformer'] });
    await project.write({
      'main.ts': `
        import { Body, Controller, defineModule, Post } from 'bowline';
        class Order { id!: number }
        @Controller('/orders')
        class OrderController { @Post() place(@Body() order: Order) { return order; } }
        ${booting('defineModule({ controllers: [OrderController] })')}`,
    });
    expect(await problemsIn(project)).toEqual([
      '@Body() of OrderController.place (parameter 1) needs the package class-validator, which is not installed. Run: npm install class-validator',
      '@Body() of OrderController.place (parameter 1) needs the package class-transformer, which is not installed. Run: npm install class-transformer',
    ]);
  });

  it('is named with its command where a file has a rule of types', async () => {
    await using project = await InstalledProject.create({ without: ['file-type'] });
    await project.write({
      'main.ts': `
        import { Controller, defineModule, DiskFile, Post, UploadedFile } from 'bowline';
        @Controller('/avatars')
        class AvatarController {
          @Post() replace(@UploadedFile('avatar', { type: 'image/*' }) file: DiskFile) { return file.name; }
          @Post('/any') any(@UploadedFile('avatar') file: DiskFile) { return file.name; }
        }
        ${booting('defineModule({ controllers: [AvatarController] })')}`,
    });
    expect(await problemsIn(project)).toEqual([
      "@UploadedFile('avatar') of AvatarController.replace (parameter 1) needs the package file-type, which is not installed. Run: npm install file-type",
    ]);
  });

  it('is named with its command where a provider is chosen by name', async () => {
    await using project = await InstalledProject.create({ without: ['koa', '@hono'] });
    await project.write({
      'main.ts': `
        import { defineModule, HttpProvider, loadProvider } from 'bowline';
        const on = (name: 'koa' | 'hono', server: string) => defineModule({
          bind: async ({ bind }) => { bind(HttpProvider).toConstantValue(await loadProvider(name)).whenNamed(server); },
        });
        ${booting("on('koa', 'main'), on('hono', 'admin')", 'admin: {}')}`,
    });
    expect(await problemsIn(project)).toEqual([
      'The koa provider needs the package koa, which is not installed. Run: npm install koa',
      'The hono provider needs the package @hono/node-server, which is not installed. Run: npm install @hono/node-server',
    ]);
  });

  it('is named with its command where its provider is bound', async () => {
    await using project = await InstalledProject.create({ without: ['fastify', 'express', 'koa', 'hono'] });
    await project.write({
      'main.ts': `
        import { defineModule, HttpProvider } from 'bowline';
        import { ExpressProvider } from 'bowline/express';
        import { FastifyProvider } from 'bowline/fastify';
        import { HonoProvider } from 'bowline/hono';
        import { KoaProvider } from 'bowline/koa';
        const providers = { main: FastifyProvider, a: ExpressProvider, b: KoaProvider, c: HonoProvider };
        const module = defineModule({
          bind: ({ bind }) => {
            for (const [name, provider] of Object.entries(providers)) bind(HttpProvider).to(provider).whenNamed(name);
          },
        });
        ${booting('module', 'a: {}, b: {}, c: {}')}`,
    });
    expect(await problemsIn(project)).toEqual(
      ['fastify', 'express', 'koa', 'hono'].map(
        (name) => `The ${name} provider needs the package ${name}, which is not installed. Run: npm install ${name}`,
      ),
    );
  });

  it('is not missed by who does not use it', async () => {
    const without = ['class-validator', 'class-transformer', 'fastify', 'express', 'koa', 'hono', '@hono'];
    await using project = await InstalledProject.create({ without });
    await project.write({
      'main.ts': `
        import { Body, Controller, defineModule, Get, Param, Post } from 'bowline';
        @Controller('/orders')
        class OrderController {
          @Get('/:id') find(@Param('id') id: number) { return id; }
          @Post() place(@Body({ validate: false }) order: object) { return order; }
        }
        ${booting('defineModule({ controllers: [OrderController] })')}`,
    });
    expect(await problemsIn(project)).toEqual([]);
  });
});

describe('a compiler that writes no types', () => {
  it('is named by each class and parameter that misses them', async () => {
    await using project = await InstalledProject.create();
    await project.write({
      'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
      'main.ts': `
        import { Controller, defineModule, Get, Injectable, Param } from 'bowline';
        @Injectable() class Orders { find(id: number) { return id; } }
        @Controller('/orders')
        class OrderController {
          constructor(private readonly orders: Orders) {}
          @Get('/:id') find(@Param('id') id: number) { return this.orders.find(id); }
        }
        ${booting("defineModule({ name: 'orders', controllers: [OrderController], services: [Orders] })")}`,
    });
    expect(await problemsIn(project, 'tsx')).toEqual([
      'The compiler wrote no types for the constructor of OrderController. Turn on "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig.json, or put @Inject(Type) on each parameter.',
      "The type of @Param('id') of OrderController.find (parameter 1) was lost (the compiler wrote nothing). Write the type into the decorator, as in @Param('id', Number).",
    ]);
  });

  it('is no matter where the decorators say all', async () => {
    await using project = await InstalledProject.create();
    await project.write({
      'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
      'main.ts': `
        import { Controller, defineModule, Get, Inject, Injectable, Param } from 'bowline';
        @Injectable() class Orders { find(id: number) { return id; } }
        @Controller('/orders')
        class OrderController {
          constructor(@Inject(Orders) private readonly orders: Orders) {}
          @Get('/:id') find(@Param('id', Number) id: number) { return this.orders.find(id); }
        }
        ${booting("defineModule({ name: 'orders', controllers: [OrderController], services: [Orders] })")}`,
    });
    expect(await problemsIn(project, 'tsx')).toEqual([]);
  });
});

describe('two copies', () => {
  it('of Bowline are told by the class that the other one has decorated', async () => {
    await using project = await InstalledProject.create();
    await project.install('library');
    await project.write({
      'library/feedback.ts': `
        import { Controller, defineModule, Get } from 'bowline';
        @Controller('/feedback')
        export class FeedbackController { @Get() list() { return []; } }
        export const feedbackModule = defineModule({ name: 'feedback', controllers: [FeedbackController] });`,
      'main.ts': `
        import { feedbackModule } from './library/feedback.ts';
        ${booting('feedbackModule')}`,
    });
    expect(await problemsIn(project)).toEqual([
      'Two copies of bowline are loaded (feedback was defined by another one), and what one writes the other does not see. Run "npm ls bowline" and keep one version; a linked package needs it as a peer dependency.',
    ]);
  });

  it('are told by a class of the other one in a module of this one, too', async () => {
    await using project = await InstalledProject.create();
    await project.install('library');
    await project.write({
      'library/feedback.ts': `
        import { Controller, Get } from 'bowline';
        @Controller('/feedback')
        export class FeedbackController { @Get() list() { return []; } }`,
      'main.ts': `
        import { defineModule } from 'bowline';
        import { FeedbackController } from './library/feedback.ts';
        ${booting("defineModule({ name: 'shop', controllers: [FeedbackController] })")}`,
    });
    expect(await problemsIn(project)).toEqual([
      'Two copies of bowline are loaded (FeedbackController was decorated by another one), and what one writes the other does not see. Run "npm ls bowline" and keep one version; a linked package needs it as a peer dependency.',
    ]);
  });

  it('of reflect-metadata from before 0.2 are told by a class whose types are elsewhere', async () => {
    await using project = await InstalledProject.create();
    await project.write({
      // As such a copy does: it takes the place of the functions, and keeps what it is given to itself.
      'library/reflect-metadata.ts': `
        const store = new Map();
        Reflect.metadata = (key, value) => (target, property) => { store.set([target, property, key], value); };
        Reflect.defineMetadata = (key, value, target, property) => { store.set([target, property, key], value); };`,
      'orders.ts': `
        import { Injectable } from 'bowline';
        class Clock {}
        @Injectable() export class Orders { constructor(readonly clock: Clock) {} }`,
      'main.ts': `
        import { defineModule } from 'bowline';
        import './library/reflect-metadata.ts';
        const { Orders } = await import('./orders.ts');
        ${booting("defineModule({ name: 'shop', services: [Orders] })")}`,
    });
    expect(await problemsIn(project)).toEqual([
      'Two copies of reflect-metadata are loaded (what was written about Orders went to another one), and what one writes the other does not see. Run "npm ls reflect-metadata" and keep one version; a linked package needs it as a peer dependency.',
    ]);
  });
});

describe('classes of files that import each other', () => {
  it('are refused by Node itself before any of our code runs', async () => {
    await using project = await InstalledProject.create();
    await project.write({
      'orders.ts': `
        import { Injectable } from 'bowline';
        import { Invoices } from './invoices.ts';
        @Injectable() export class Orders { constructor(readonly invoices: Invoices) {} }`,
      'invoices.ts': `
        import { Injectable } from 'bowline';
        import { Orders } from './orders.ts';
        @Injectable() export class Invoices { constructor(readonly orders: Orders) {} }`,
      'main.ts': `
        import { Invoices } from './invoices.ts';
        import { Orders } from './orders.ts';
        import { defineModule } from 'bowline';
        ${booting('defineModule({ services: [Orders, Invoices] })')}`,
    });
    const { stderr } = await project.run('main.ts');
    expect(stderr).toContain("ReferenceError: Cannot access 'Invoices' before initialization");
  });
});
