import { closeWith, defineModule, HostedService, HttpProvider } from 'bowline';
import { ExpressProvider } from 'bowline/express';
import { FastifyProvider } from 'bowline/fastify';
import { AdminController } from './admin-controller.js';
import { Database } from './database.js';
import { OrderConsumer } from './order-consumer.js';
import { OrderController } from './order-controller.js';
import { OrderQueue } from './order-queue.js';
import { PartnerController } from './partner-controller.js';
import { Registry } from './registry.js';
import { ReportController } from './report-controller.js';

export const gracefulModule = defineModule({
  name: 'gracefulModule',
  controllers: [OrderController, ReportController, PartnerController, AdminController],
  services: [OrderQueue, Registry],
  bind: ({ bind }) => {
    bind(HttpProvider).to(FastifyProvider);
    bind(HttpProvider).to(ExpressProvider).whenNamed('partners');
    bind(HostedService).to(OrderConsumer);
    // Not a class of ours: how it is made and how it is closed is said here, and when is known from who uses it.
    bind(Database)
      .toResolvedValue(() => Database.connect())
      .inSingletonScope()
      .onDeactivation(closeWith((database) => database.end()));
  },
});
