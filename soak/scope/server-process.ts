/** Serves scoped routes on one provider, and says what was made and disposed of when it is asked. */
import { createApplication, defineModule, HttpProvider, loadProvider, type LoadableProvider } from 'bowline';
import { countedModule, readAccount, type Account } from './counted.js';

/** What it says of itself. */
export interface Standing extends Account {
  /** MiB, after a collection. */
  readonly heap: number;
}

const provider = process.argv[2] as LoadableProvider;
const app = await createApplication({
  modules: [
    defineModule({
      ...countedModule,
      bind: async (load) => {
        await countedModule.bind?.(load);
        load.bind(HttpProvider).toConstantValue(await loadProvider(provider));
      },
    }),
  ],
  // Errors are among the requests.
  logger: { level: 'silent' },
  signals: false,
});
await app.listen({ host: '127.0.0.1', port: 0 });

process.on('message', async (order) => {
  if (order === 'stop') {
    await app.close();
    process.send?.(standing());
    process.disconnect();
    return;
  }
  process.send?.(standing());
});
process.send?.({ url: app.url });

function standing(): Standing {
  globalThis.gc?.();
  return { ...readAccount(), heap: process.memoryUsage().heapUsed / 1_048_576 };
}
