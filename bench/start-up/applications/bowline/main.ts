import { createApplication, defineModule, HttpProvider, loadProvider } from 'bowline';
import type { Provider } from '../../../contestants.js';
import { accounts } from './accounts.js';

export async function serve(provider: string): Promise<number> {
  const accountsModule = defineModule({
    name: 'accounts',
    controllers: accounts.map(({ controller }) => controller),
    services: accounts.map(({ service }) => service),
    bind: async ({ bind }) => {
      bind(HttpProvider).toConstantValue(await loadProvider(provider as Provider));
    },
  });
  const app = await createApplication({ modules: [accountsModule], logger: { level: 'warn' } });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return Number(new URL(app.url).port);
}
