import { Injectable } from 'bowline';

/** Another service over HTTP. */
@Injectable()
export class Upstream {
  url = '';

  get(path: string, signal: AbortSignal): Promise<Response> {
    return fetch(new URL(path, this.url), { signal, redirect: 'manual' });
  }
}
