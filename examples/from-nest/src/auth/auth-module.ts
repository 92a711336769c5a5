import { defineModule, GlobalGuard, type ContainerModule } from 'bowline';
import { usersModule } from '../users/users-module.js';
import { AuthController } from './auth-controller.js';
import { AuthService } from './auth-service.js';
import { JwtGuard } from './jwt-guard.js';
import { RolesGuard } from './roles-guard.js';
import { Tokens } from './tokens.js';

/** Was: JwtModule.registerAsync, and two providers of APP_GUARD. */
export function authModule(secret: string, lifetime: number): ContainerModule {
  return defineModule({
    name: 'authModule',
    imports: [usersModule],
    controllers: [AuthController],
    services: [AuthService],
    bind: ({ bind }) => {
      bind(Tokens).toConstantValue(new Tokens(secret, lifetime));
      bind(GlobalGuard).to(JwtGuard);
      bind(GlobalGuard).to(RolesGuard);
    },
  });
}
