import { defineModule } from 'bowline';
import { Connection } from './connection.js';
import { FiguresController } from './figures-controller.js';
import { HomeController } from './home-controller.js';
import { OrderController } from './order-controller.js';
import { OrderRepository } from './order-repository.js';
import { Pool } from './pool.js';
import { Restock } from './restock.js';
import { StockController } from './stock-controller.js';
import { StockRepository } from './stock-repository.js';
import { CurrentTenant, type Tenant } from './tenant.js';
import { TenantDirectory } from './tenant-directory.js';

export const tenantsModule = defineModule({
  name: 'tenantsModule',
  controllers: [HomeController, OrderController, StockController, FiguresController],
  services: [Pool, TenantDirectory, OrderRepository, StockRepository, Restock],
  bind: ({ bind }) => {
    // One for each request, opened when the first of its services is made, which is after the guard, and given back after the answer.
    bind(Connection)
      .toResolvedValue((pool: Pool, tenant: Tenant) => pool.acquire(tenant.id), [Pool, CurrentTenant])
      .inRequestScope();
  },
});
