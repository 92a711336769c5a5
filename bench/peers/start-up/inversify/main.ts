import type { AddressInfo } from 'node:net';
import { ClassValidationPipe } from '@inversifyjs/class-validation';
import { InversifyFastifyHttpAdapter } from '@inversifyjs/http-fastify';
import { InversifyValidationErrorFilter } from '@inversifyjs/http-validation';
import { Container, type Newable } from 'inversify';
import { ToInteger } from './to-integer.js';
import { accounts } from './accounts.js';

export async function serve(): Promise<number> {
  const container = new Container();
  const classes: Newable<object>[] = accounts.flatMap(({ controller, service }) => [controller, service]);
  for (const each of [ToInteger, InversifyValidationErrorFilter, ...classes])
    container.bind(each).toSelf().inSingletonScope();
  const adapter = new InversifyFastifyHttpAdapter(container, { logger: false });
  adapter.useGlobalFilters(InversifyValidationErrorFilter);
  adapter.useGlobalPipe(new ClassValidationPipe());
  const app = await adapter.build();
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}
