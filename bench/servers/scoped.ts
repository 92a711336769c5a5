import {
  Controller,
  Get,
  HttpContext,
  Injectable,
  UseGuards,
  UseInterceptors,
  type Guard,
  type Interceptor,
} from 'bowline';
import { key, mark } from '../workloads.js';

class KeyGuard implements Guard {
  canActivate(ctx: HttpContext): boolean {
    return ctx.headers[key.name] === key.value;
  }
}

class Marked implements Interceptor {
  intercept(ctx: HttpContext, next: () => unknown): unknown {
    ctx.set(mark.name, mark.value);
    return next();
  }
}

@Controller('/guarded')
export class GuardedController {
  @Get()
  @UseGuards(KeyGuard)
  @UseInterceptors(Marked)
  hello(): { hello: string } {
    return { hello: 'world' };
  }
}

/** Takes the request in its constructor. */
@Injectable({ scope: 'request' })
export class Caller {
  readonly key: string | undefined;

  constructor(ctx: HttpContext) {
    this.key = ctx.header(key.name);
  }
}

/** Is disposed of after the answer. */
@Injectable({ scope: 'request' })
export class UnitOfWork {
  isOpen = true;

  [Symbol.dispose](): void {
    this.isOpen = false;
  }
}

@Injectable({ scope: 'request' })
export class Greetings {
  constructor(
    private readonly work: UnitOfWork,
    private readonly caller: Caller,
  ) {}

  get(): string {
    return this.work.isOpen && this.caller.key !== undefined ? 'world' : 'nobody';
  }
}

@Injectable({ scope: 'request' })
export class ScopedGuard implements Guard {
  constructor(private readonly caller: Caller) {}

  canActivate(): boolean {
    return this.caller.key === key.value;
  }
}

@Injectable({ scope: 'request' })
export class ScopedMark implements Interceptor {
  constructor(private readonly work: UnitOfWork) {}

  intercept(ctx: HttpContext, next: () => unknown): unknown {
    ctx.set(mark.name, this.work.isOpen ? mark.value : '');
    return next();
  }
}

@Controller({ path: '/scoped', scope: 'request' })
@UseGuards(ScopedGuard)
@UseInterceptors(ScopedMark)
export class ScopedController {
  constructor(
    private readonly greetings: Greetings,
    readonly work: UnitOfWork,
  ) {}

  @Get()
  hello(): { hello: string } {
    return { hello: this.greetings.get() };
  }
}

/** What {@link ScopedController} needs. */
export const scopedServices = [Caller, UnitOfWork, Greetings];
