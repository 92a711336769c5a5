import {
  Controller,
  createApplication,
  currentContext,
  CurrentRequest,
  defineModule,
  Get,
  Injectable,
  Param,
} from 'bowline';
import { describe, expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

@Injectable()
class Trail {
  constructor(private readonly request: CurrentRequest) {}

  async note(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return `${this.request.context.method} ${this.request.context.path}`;
  }
}

@Controller('/kept')
class KeptController {
  constructor(private readonly trail: Trail) {}

  @Get('/:id')
  async note(@Param('id') id: string) {
    return { id, note: await this.trail.note(), same: currentContext().params['id'] === id };
  }
}

@Controller('/plain')
class PlainController {
  @Get()
  get() {
    return currentContext().path;
  }
}

const fixture = { controllers: [KeptController, PlainController], services: [Trail] };

describeProviders('the current context', fixture, (server) => {
  test('is that of the request, in a singleton and after waiting', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => String(index));
    const answers = await Promise.all(ids.map((id) => server.get(`/kept/${id}`)));
    expect(answers.map(({ json }) => json)).toEqual(ids.map((id) => ({ id, note: `GET /kept/${id}`, same: true })));
  });

  test('is not kept where nothing reads it, and says so', async () => {
    expect((await server.get('/plain')).status).toBe(500);
    expect((await server.log.next()).fields).toMatchObject({ error: { code: 'BOW_NO_CURRENT_CONTEXT' } });
  });

  test('is explained by the way to what reads it', () => {
    const of = (path: string) => server.app.routes.find((route) => route.path === path)?.currentContext;
    expect(of('/kept/:id')).toBe('KeptController -> Trail -> CurrentRequest');
    expect(of('/plain')).toBeUndefined();
  });
});

describeProviders('the current context on every route', { ...fixture, context: 'on' }, (server) => {
  test('is kept', async () => {
    expect(await server.get('/plain')).toMatchObject({ status: 200, text: '/plain' });
  });
});

describe('the current context', () => {
  test('is kept where only code knows what is made', async () => {
    abstract class Made {}
    @Controller()
    class MadeController {
      constructor(_made: Made) {}
      @Get() get() {
        return currentContext().method;
      }
    }
    const module = defineModule({
      controllers: [MadeController],
      bind: ({ bind }) => bind(Made).toDynamicValue(() => ({})),
    });
    await using app = await (await createApplication({ modules: [module], signals: false })).start();
    expect(app.routes[0]?.currentContext).toBe('MadeController -> Made');
    expect((await app.inject({ url: '/' })).body.toString()).toBe('GET');
  });

  test('is none outside of a request', () => {
    expect(() => currentContext()).toThrow('currentContext() found no current context');
  });
});
