import { createApplication, defineModule, HttpProvider, loadProvider, type LoadableProvider } from 'bowline';
import { ordersModule } from './orders-module.js';

const { PROVIDER = 'node', PORT = '8080', STORE = 'memory', STORE_FILE = 'orders.db' } = process.env;

const providerModule = defineModule({
  name: 'providerModule',
  bind: async ({ bind }) => {
    bind(HttpProvider).toConstantValue(await loadProvider(PROVIDER as LoadableProvider));
  },
});

const app = await createApplication({
  modules: [ordersModule({ store: STORE === 'sqlite' ? 'sqlite' : 'memory', file: STORE_FILE }), providerModule],
});
await app.listen(Number(PORT));
