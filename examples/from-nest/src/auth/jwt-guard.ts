import { Injectable, Reflector, UnauthorizedError, type Guard, type HttpContext } from 'bowline';
import { CurrentUser } from './current-user.js';
import { Public } from './public.js';
import { Tokens } from './tokens.js';

@Injectable()
export class JwtGuard implements Guard {
  constructor(
    private readonly tokens: Tokens,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(ctx: HttpContext): Promise<boolean> {
    if (this.reflector.has(Public, ctx.target)) return true;
    const [type, token] = ctx.header('authorization')?.split(' ') ?? [];
    if (type !== 'Bearer' || token === undefined) throw new UnauthorizedError();
    try {
      ctx.put(CurrentUser, await this.tokens.verify(token));
    } catch (cause) {
      throw new UnauthorizedError('Invalid token', { cause });
    }
    return true;
  }
}
