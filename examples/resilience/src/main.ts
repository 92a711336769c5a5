import { createApplication, defineModule, HttpProvider } from 'bowline';
import { FastifyProvider } from 'bowline/fastify';
import { Load } from './operations/load.js';
import { operationsModule } from './operations/operations-module.js';
import { ordersModule } from './orders/orders-module.js';
import { policies } from './orders/policies.js';
import { Faults } from './payment-service/faults.js';
import { Ledger } from './payment-service/ledger.js';
import { paymentServiceModule } from './payment-service/payment-service-module.js';
import { readSettings } from './settings.js';

const settings = readSettings(process.env);
// What the page switches and shows of the payment service, which would be out of its reach in another process.
const faults = new Faults();
const ledger = new Ledger();

const payments = await createApplication({
  name: 'payments',
  modules: [paymentServiceModule(faults, ledger)],
  // Who calls it says how long he waits (x-request-timeout-ms), and is believed.
  servers: { main: { host: '127.0.0.1', trustProxy: ['127.0.0.1'] } },
  // It ends when the orders have ended, see below, and not by itself.
  signals: false,
});
await payments.listen(settings.ports.payments);

const providerModule = defineModule({
  name: 'providerModule',
  bind: ({ bind }) => {
    bind(HttpProvider).to(FastifyProvider);
  },
});

const orders = await createApplication({
  name: 'orders',
  modules: [
    ordersModule({ paymentsUrl: payments.url }),
    operationsModule({ faults, ledger, ...settings }),
    providerModule,
  ],
  policies: policies(settings),
  management: { port: settings.ports.management },
});
// Orders that are under way when the word to stop comes are paid first.
orders.manager.postShutdownHook('the payment service', () => payments.close());
await orders.listen({ port: settings.ports.main, host: '127.0.0.1' });
orders.container.get(Load).url = orders.url;
// Of each of the two applications the log says that its server 'main' listens.
console.log(`The page is on ${orders.url}, the payment service on ${payments.url}`);
