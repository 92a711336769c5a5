import { randomUUID } from 'node:crypto';
import { defineModule } from 'bowline';
import { IdGenerator } from './id-generator.js';
import { LogMailer, Mailer } from './mailer.js';
import { UserController } from './user-controller.js';
import { UserService } from './user-service.js';

export const usersModule = defineModule({
  name: 'usersModule',
  controllers: [UserController],
  services: [UserService],
  bind: ({ bind }) => {
    bind(Mailer).to(LogMailer); // useClass
    bind(IdGenerator).toDynamicValue(() => () => randomUUID()); // useFactory
  },
});
