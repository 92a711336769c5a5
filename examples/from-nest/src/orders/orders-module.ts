import { defineModule } from 'bowline';
import { Audit, AuditLog } from './audit-log.js';
import { OrderController } from './order-controller.js';
import { OrderService } from './order-service.js';
import { OrderStore } from './order-store.js';
import { Tenant } from './tenant.js';

export const ordersModule = defineModule({
  name: 'ordersModule',
  controllers: [OrderController],
  services: [OrderStore, OrderService, Tenant, AuditLog],
  bind: ({ bind }) => {
    bind(Audit).toService(AuditLog); // useExisting
  },
});
