import { Body, Controller, Ctx, Get, Post } from 'bowline';
import { AuthService } from './auth-service.js';
import { CurrentUser, type Principal } from './current-user.js';
import { Login } from './login.js';
import { Public } from './public.js';

@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Public()
  @Post('login')
  login(@Body() { name, password }: Login) {
    return this.auth.login(name, password);
  }

  @Get('me')
  me(@Ctx(CurrentUser) user: Principal) {
    return user;
  }

  @Get('me/name')
  name(@Ctx(CurrentUser) { name }: Principal) {
    return { name };
  }
}
