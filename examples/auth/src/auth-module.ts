import { defineModule, GlobalFilter, GlobalGuard, type ContainerModule } from 'bowline';
import { Accounts } from './accounts.js';
import { LoginController } from './login-controller.js';
import { Roles } from './roles.js';
import { TokenFilter } from './token-filter.js';
import { TokenGuard } from './token-guard.js';
import { Tokens, type TokenOptions } from './tokens.js';

/** Guards every route of the application that loads it, and has the one where a token is got. */
export function authModule(options: TokenOptions): ContainerModule {
  return defineModule({
    name: 'authModule',
    controllers: [LoginController],
    services: [Accounts, Roles],
    bind: ({ bind }) => {
      bind(Tokens).toConstantValue(new Tokens(options));
      bind(GlobalGuard).to(TokenGuard);
      bind(GlobalFilter).to(TokenFilter);
    },
  });
}
