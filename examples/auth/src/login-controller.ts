import { Body, Controller, Header, Post } from 'bowline';
import { IsString, MaxLength } from 'class-validator';
import { Accounts } from './accounts.js';
import { Public } from './public.js';
import { Tokens } from './tokens.js';
import { unauthorized } from './unauthorized.js';

export class Credentials {
  @IsString() @MaxLength(100) name!: string;
  @IsString() @MaxLength(200) password!: string;
}

@Controller('/login')
export class LoginController {
  constructor(
    private readonly accounts: Accounts,
    private readonly tokens: Tokens,
  ) {}

  @Post()
  @Public()
  @Header('cache-control', 'no-store')
  async login(@Body() { name, password }: Credentials) {
    const user = await this.accounts.find(name, password);
    if (user === undefined) throw unauthorized('The name or the password is wrong.');
    return { access_token: await this.tokens.issue(user), token_type: 'Bearer', expires_in: this.tokens.lifetime };
  }
}
