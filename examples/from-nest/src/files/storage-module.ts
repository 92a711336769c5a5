import { defineModule, type ContainerModule } from 'bowline';
import { Storage, StorageOptions } from './storage.js';

/** Was: StorageModule.forRoot, a dynamic and global module. */
export function storageModule(options: StorageOptions): ContainerModule {
  return defineModule({
    name: 'storageModule',
    services: [Storage],
    bind: ({ bind }) => {
      bind(StorageOptions).toConstantValue(options);
    },
  });
}
