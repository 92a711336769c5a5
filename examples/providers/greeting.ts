import { Controller, Ctx, defineModule, Get, type HttpContext, Param } from 'bowline';

/** Knows nothing of what serves it. */
@Controller('/greetings')
class GreetingController {
  @Get('/:name')
  find(@Param('name') name: string): { message: string } {
    return { message: `Hello, ${name}` };
  }

  /** The way out: the native request and response of whichever provider is bound. */
  @Get('/native/class')
  native(@Ctx() ctx: HttpContext): { request: string } {
    const { request } = ctx.native as { request: object };
    return { request: request.constructor.name };
  }
}

export const greetingModule = defineModule({ name: 'greetingModule', controllers: [GreetingController] });
