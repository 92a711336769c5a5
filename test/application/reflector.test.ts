import { Controller, Ctx, defineModule, Get, HttpContext, Reflector, SetMetadata } from 'bowline';
import { Test } from 'bowline/testing';
import { expect, test } from 'vitest';

const Roles = Reflector.createDecorator<readonly string[]>();

@Controller('/reports')
@Roles(['staff'])
@SetMetadata('audited', true)
class ReportController {
  constructor(private readonly reflector: Reflector) {}

  @Get()
  list(@Ctx() ctx: HttpContext) {
    return this.#seen(ctx);
  }

  @Get('/salaries')
  @Roles(['director'])
  salaries(@Ctx() ctx: HttpContext) {
    return this.#seen(ctx);
  }

  #seen({ target }: HttpContext) {
    const { reflector } = this;
    return {
      roles: reflector.get(Roles, target),
      all: reflector.getAll(Roles, target),
      audited: reflector.get('audited', target),
    };
  }
}

test('a reflector is injected without a binding, and reads the method before its class', async () => {
  await using app = await Test.createApplication({ modules: [defineModule({ controllers: [ReportController] })] });

  expect((await app.inject('/reports')).json()).toEqual({ roles: ['staff'], all: [['staff']], audited: true });
  expect((await app.inject('/reports/salaries')).json()).toEqual({
    roles: ['director'],
    all: [['director'], ['staff']],
    audited: true,
  });
});
