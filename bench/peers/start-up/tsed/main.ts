import type { Server as HttpServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import '@tsed/ajv';
import { Configuration } from '@tsed/di';
import { PlatformExpress } from '@tsed/platform-express';
import { accounts } from './accounts.js';

export async function serve(): Promise<number> {
  @Configuration({
    mount: { '/': accounts.map(({ controller }) => controller) },
    middlewares: ['json-parser'],
    httpPort: false,
    httpsPort: false,
    logger: { level: 'off' },
    disableBootstrapLog: true,
  } as object)
  class Server {}
  const platform = await PlatformExpress.bootstrap(Server);
  const server = (platform.app.getApp() as { listen(port: number, host: string): HttpServer }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
