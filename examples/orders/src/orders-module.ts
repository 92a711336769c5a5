import { defineModule, type ContainerModule } from 'bowline';
import { CustomerController } from './customer-controller.js';
import { CustomerService } from './customer-service.js';
import { HomeController } from './home-controller.js';
import { MemoryOrderRepository } from './memory-order-repository.js';
import { OrderController } from './order-controller.js';
import { OrderRepository } from './order-repository.js';
import { OrderService } from './order-service.js';
import { PaymentClient, SandboxPaymentClient } from './payment-client.js';

export interface OrdersModuleOptions {
  /** Where orders are kept: in memory, or in an SQLite file. @default 'memory' */
  readonly store?: 'memory' | 'sqlite';
  /** The file of the SQLite store. @default 'orders.db' */
  readonly file?: string;
}

/** A module with options is a function that returns a module. */
export function ordersModule({ store = 'memory', file = 'orders.db' }: OrdersModuleOptions = {}): ContainerModule {
  return defineModule({
    name: 'ordersModule',
    controllers: [HomeController, OrderController, CustomerController],
    services: [OrderService, CustomerService],
    bind: async ({ bind }) => {
      bind(PaymentClient).to(SandboxPaymentClient);
      if (store === 'memory') {
        bind(OrderRepository).to(MemoryOrderRepository);
        return;
      }
      // Loaded only when chosen.
      const { DatabaseFile, SqliteOrderRepository } = await import('./sqlite-order-repository.js');
      bind(DatabaseFile).toConstantValue(file);
      bind(OrderRepository).to(SqliteOrderRepository);
    },
  });
}
