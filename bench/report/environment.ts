import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { cpus } from 'node:os';

const packages = ['bowline', 'fastify', 'express', 'koa', '@koa/router', 'hono', '@hono/node-server'] as const;

/** What figures depend on, beside the code. */
export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeEnvironment(): Environment {
  const cores = cpus();
  return {
    date: new Date().toISOString(),
    node: process.versions.node,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    platform: `${process.platform} ${process.arch}`,
    versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  };
}

function versionOf(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) return 'unknown';
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
