import { ConflictError, Injectable } from 'bowline';
import { Connection } from './connection.js';

export interface StockLevel {
  readonly sku: string;
  readonly quantity: number;
}

/** Works on the same connection as the other repositories of the request, and so in the same transaction. */
@Injectable({ scope: 'request' })
export class StockRepository {
  constructor(private readonly connection: Connection) {}

  levels(): Promise<readonly StockLevel[]> {
    return this.connection.read('stock');
  }

  async put(sku: string, quantity: number): Promise<void> {
    await this.connection.write<StockLevel>('stock', (levels) => {
      const before = levels.find((level) => level.sku === sku)?.quantity ?? 0;
      return [...levels.filter((level) => level.sku !== sku), { sku, quantity: before + quantity }];
    });
  }

  async take(sku: string, quantity: number): Promise<void> {
    const there = (await this.levels()).find((level) => level.sku === sku)?.quantity ?? 0;
    if (there < quantity) throw new ConflictError(`There are ${there} of ${sku}.`);
    await this.put(sku, -quantity);
  }
}
