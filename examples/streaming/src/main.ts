import { createApplication, defineModule, HttpProvider, loadProvider, type LoadableProvider } from 'bowline';
import { readSettings } from './settings.js';
import { streamingModule } from './streaming-module.js';
import { Upstream } from './upstream.js';

const { PROVIDER = 'node' } = process.env;
const { port, upstream } = readSettings(process.env);

const providerModule = defineModule({
  name: 'providerModule',
  bind: async ({ bind }) => {
    bind(HttpProvider).toConstantValue(await loadProvider(PROVIDER as LoadableProvider));
  },
});

const app = await createApplication({ modules: [streamingModule, providerModule] });
await app.listen(port);
app.container.get(Upstream).url = upstream ?? app.url;
