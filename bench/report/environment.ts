import { existsSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { cpus, release, totalmem } from 'node:os';

const packages = [
  'bowline',
  'fastify',
  'express',
  'koa',
  '@koa/router',
  '@koa/bodyparser',
  'hono',
  '@hono/node-server',
  'inversify',
  'class-validator',
  'class-transformer',
  'zod',
] as const;

const peers = new URL('../peers/', import.meta.url);
const peerPackages = ['@nestjs/core', '@inversifyjs/http-core', '@tsed/platform-http'] as const;

/** What figures depend on, beside the code. */
export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  /** In whole gibibytes. */
  readonly memory: number;
  readonly platform: string;
  readonly kernel: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeEnvironment(): Environment {
  const cores = cpus();
  const versions = packages.map((name) => [name, versionOf(name, import.meta.url)]);
  if (hasPeers()) versions.push(...peerPackages.map((name) => [name, versionOf(name, new URL('package.json', peers))]));
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memory: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    versions: Object.fromEntries(versions) as Record<string, string>,
  };
}

/** Whether the frameworks of Bowline's kind have been installed. */
export function hasPeers(): boolean {
  return existsSync(new URL('node_modules', peers));
}

function versionOf(name: string, from: string | URL): string {
  const manifest = findPackageJSON(name, from);
  if (manifest === undefined) return 'unknown';
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
