import { defineModule, type ContainerModule } from 'bowline';
import { OrderController } from './order-controller.js';
import { PaymentClient, paymentsUrl } from './payment-client.js';
import { PaymentFilter } from './payment-filter.js';

export function ordersModule(options: { readonly paymentsUrl: string }): ContainerModule {
  return defineModule({
    name: 'ordersModule',
    controllers: [OrderController],
    services: [PaymentClient, PaymentFilter],
    bind: ({ bind }) => {
      bind(paymentsUrl).toConstantValue(options.paymentsUrl);
    },
  });
}
