import { createApplication, defineModule, HttpProvider, loadProvider, type LoadableProvider } from 'bowline';
import { restockingModule } from './restocking.js';
import { readSettings } from './settings.js';
import { tenantsModule } from './tenants-module.js';

const { PROVIDER = 'node' } = process.env;
const { port, restockInterval } = readSettings(process.env);

const providerModule = defineModule({
  name: 'providerModule',
  bind: async ({ bind }) => {
    bind(HttpProvider).toConstantValue(await loadProvider(PROVIDER as LoadableProvider));
  },
});

const app = await createApplication({ modules: [tenantsModule, restockingModule(restockInterval), providerModule] });
await app.listen(port);
