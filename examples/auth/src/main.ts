import { createApplication, defineModule, HttpProvider, loadProvider, type LoadableProvider } from 'bowline';
import { authModule } from './auth-module.js';
import { notesModule } from './notes-module.js';
import { readSettings } from './settings.js';

const { PROVIDER = 'node' } = process.env;
const { port, ...tokens } = readSettings(process.env);

const providerModule = defineModule({
  name: 'providerModule',
  bind: async ({ bind }) => {
    bind(HttpProvider).toConstantValue(await loadProvider(PROVIDER as LoadableProvider));
  },
});

const app = await createApplication({
  modules: [authModule(tokens), notesModule, providerModule],
  // A route that no guard covers does not start: a module that was forgotten here is no open door.
  requireGuard: true,
});
await app.listen(port);
