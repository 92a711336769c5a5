import { Injectable, type CallContext, type Interceptor } from 'bowline';
import { Connection } from './connection.js';

/** Commits what the handler has written once it has given its value, before the answer is sent; rolls it back where it throws. */
@Injectable({ scope: 'request' })
export class InTransaction implements Interceptor {
  constructor(private readonly connection: Connection) {}

  intercept(_ctx: CallContext, next: () => unknown): Promise<unknown> {
    return this.connection.transaction(next);
  }
}
