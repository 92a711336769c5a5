import { createApplication, defineModule, HttpProvider, loadProvider, type LoadableProvider } from 'bowline';
import { uploadsModule } from './uploads-module.js';

const { PROVIDER = 'node', PORT = '8080', FOLDER = 'uploads' } = process.env;

const providerModule = defineModule({
  name: 'providerModule',
  bind: async ({ bind }) => {
    bind(HttpProvider).toConstantValue(await loadProvider(PROVIDER as LoadableProvider));
  },
});

const app = await createApplication({ modules: [uploadsModule(FOLDER), providerModule] });
await app.listen(Number(PORT));
