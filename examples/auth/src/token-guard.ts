import { Injectable, Reflector, type Guard, type HttpContext } from 'bowline';
import { CurrentUser } from './current-user.js';
import { Public } from './public.js';
import { Tokens } from './tokens.js';
import { unauthorized } from './unauthorized.js';

/** Stands in front of every route: lets a request pass that has a good token, or whose route is public. */
@Injectable()
export class TokenGuard implements Guard {
  constructor(
    private readonly tokens: Tokens,
    private readonly reflector: Reflector,
  ) {}

  canActivate(ctx: HttpContext): boolean | Promise<boolean> {
    // Without a promise: what is synchronous stays so.
    if (this.reflector.has(Public, ctx.target)) return true;
    const token = /^Bearer +(\S+)$/i.exec(ctx.header('authorization') ?? '')?.[1];
    if (token === undefined) throw unauthorized('This takes a token: Authorization: Bearer ...');
    return this.#admit(ctx, token);
  }

  async #admit(ctx: HttpContext, token: string): Promise<boolean> {
    ctx.put(CurrentUser, await this.tokens.read(token));
    return true;
  }
}
