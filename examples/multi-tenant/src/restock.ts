import { Injectable } from 'bowline';
import { Connection } from './connection.js';
import { StockRepository } from './stock-repository.js';

const minimum = 10;

/** Fills up the stock of one tenant. No request: it is made for one run of the job. */
@Injectable({ scope: 'request' })
export class Restock {
  constructor(
    private readonly connection: Connection,
    private readonly stock: StockRepository,
  ) {}

  run(): Promise<void> {
    return this.connection.transaction(async () => {
      for (const { sku, quantity } of await this.stock.levels())
        if (quantity < minimum) await this.stock.put(sku, minimum - quantity);
    });
  }
}
