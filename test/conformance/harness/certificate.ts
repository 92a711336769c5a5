import { readFileSync } from 'node:fs';

const pem = (name: string): string => readFileSync(new URL(`../../server/fixtures/${name}`, import.meta.url), 'utf8');

/** Self-signed, for localhost and 127.0.0.1; clients trust it as their only authority. */
export const certificate = { key: pem('key.pem'), cert: pem('cert.pem') };
