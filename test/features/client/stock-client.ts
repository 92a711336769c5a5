import { HttpClient, type HttpClientOptions } from 'bowline/client';
import { onTestFinished } from 'vitest';

/** A client called 'stock' that is closed with its test. */
export function clientOf(baseUrl: string, options: Omit<HttpClientOptions, 'baseUrl'> = {}): HttpClient {
  const client = new HttpClient({ baseUrl, name: 'stock', ...options });
  onTestFinished(() => client.close({ timeout: 0 }));
  return client;
}

export function thrownBy(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => undefined,
    (error: unknown) => error,
  );
}
