import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger, OnStart, PreDestroy, PreShutdown, token } from 'bowline';

export interface StorageOptions {
  readonly folder: string;
}

export const StorageOptions = token<StorageOptions>('StorageOptions');

@Injectable()
export class Storage {
  readonly #files = new Map<string, { readonly name: string; readonly type: string }>();

  constructor(
    @Inject(StorageOptions) private readonly options: StorageOptions,
    private readonly log: Logger,
  ) {}

  /** Was: onApplicationBootstrap. */
  @OnStart()
  async open(): Promise<void> {
    await mkdir(this.options.folder, { recursive: true });
  }

  /** Was: onModuleDestroy. Everything is still served. */
  @PreShutdown()
  leave(): void {
    this.log.info('Leaving');
  }

  /** Was: beforeApplicationShutdown. Here the last request is answered, and whoever uses the storage is closed. */
  @PreDestroy()
  close(): void {
    this.log.info('Closing');
  }

  async keep(id: string, name: string, type: string, bytes: Uint8Array): Promise<void> {
    await writeFile(join(this.options.folder, id), bytes);
    this.#files.set(id, { name, type });
  }

  find(id: string): { readonly name: string; readonly type: string; readonly root: string } | undefined {
    const file = this.#files.get(id);
    return file === undefined ? undefined : { ...file, root: this.options.folder };
  }
}
