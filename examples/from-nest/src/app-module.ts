import {
  defineModule,
  ErrorFormat,
  fromExpress,
  GlobalFilter,
  GlobalInterceptor,
  GlobalMiddleware,
  type ApplicationOptions,
  type ContainerModule,
} from 'bowline';
import helmet from 'helmet';
import { authModule } from './auth/auth-module.js';
import { filesModule } from './files/files-module.js';
import { storageModule } from './files/storage-module.js';
import { ordersModule } from './orders/orders-module.js';
import { reportsModule } from './reports/reports-module.js';
import type { Settings } from './settings.js';
import { DomainErrorFilter } from './stages/domain-error.js';
import { Envelope } from './stages/envelope.js';
import { errorShape } from './stages/error-shape.js';
import { RequestId } from './stages/request-id.js';
import { RequestLog } from './stages/request-log.js';
import { timing } from './stages/timing.js';
import { usersModule } from './users/users-module.js';

export function appModule(settings: Settings): ContainerModule {
  return defineModule({
    name: 'appModule',
    imports: [
      storageModule({ folder: settings.storageFolder }),
      authModule(settings.jwtSecret, settings.jwtLifetime),
      usersModule,
      ordersModule,
      filesModule,
      reportsModule,
    ],
    bind: ({ bind }) => {
      bind(GlobalMiddleware).toConstantValue(fromExpress(helmet()));
      bind(GlobalMiddleware).to(RequestId);
      bind(GlobalInterceptor).to(RequestLog);
      bind(GlobalInterceptor).toConstantValue(timing);
      bind(GlobalInterceptor).to(Envelope);
      bind(GlobalFilter).to(DomainErrorFilter);
      bind(ErrorFormat).toConstantValue(errorShape);
    },
  });
}

/** Was: setGlobalPrefix and enableVersioning, which tests had to call too. */
export function appOptions(settings: Settings) {
  return {
    modules: [appModule(settings)],
    servers: { main: { prefix: '/api', versioning: { type: 'uri', defaultVersion: '1' } } },
    requireGuard: true,
  } satisfies ApplicationOptions;
}
