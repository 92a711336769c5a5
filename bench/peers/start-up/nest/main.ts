import type { AddressInfo } from 'node:net';
import { Module, ValidationPipe, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { accounts } from './accounts.js';

@Module({
  controllers: accounts.map(({ controller }) => controller),
  providers: accounts.map(({ service }) => service),
})
class AccountsModule {}

async function create(platform: string): Promise<INestApplication> {
  if (platform === 'express') return NestFactory.create(AccountsModule, { logger: false });
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return NestFactory.create(AccountsModule, new FastifyAdapter() as never, { logger: false });
}

export async function serve(platform: string): Promise<number> {
  const app = await create(platform);
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true }));
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as AddressInfo).port;
}
