import { createApplication, defineModule, HttpProvider, loadProvider, type LoadableProvider } from 'bowline';
import { ordersModule } from './orders-module.js';
import { readSettings } from './settings.js';

const { PROVIDER = 'node' } = process.env;
const { port, store, storeFile } = readSettings(process.env);

const providerModule = defineModule({
  name: 'providerModule',
  bind: async ({ bind }) => {
    bind(HttpProvider).toConstantValue(await loadProvider(PROVIDER as LoadableProvider));
  },
});

const app = await createApplication({
  modules: [ordersModule({ store, file: storeFile }), providerModule],
});
await app.listen(port);
