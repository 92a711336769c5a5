import { Injectable } from 'bowline';
import type { Order } from './order.js';

@Injectable()
export class OrderStore {
  readonly orders: Order[] = [];
}
