import { OrderStatus, totalOf, type Order, type OrderLine } from './order.js';
import type { Customer } from './customer-service.js';

export const seedCustomers: readonly Customer[] = [
  { id: 1, name: 'Ada Lovelace', email: 'ada@example.com' },
  { id: 2, name: 'Grace Hopper', email: 'grace@example.com' },
];

export const seedOrders: readonly Omit<Order, 'id'>[] = [
  seedOrder(1, OrderStatus.Paid, [{ sku: 'rope-10m', quantity: 2, unitPrice: 1_950 }]),
  seedOrder(1, OrderStatus.Pending, [{ sku: 'cleat', quantity: 4, unitPrice: 725 }]),
  seedOrder(2, OrderStatus.Pending, [
    { sku: 'sail-needle', quantity: 1, unitPrice: 390 },
    { sku: 'whipping-twine', quantity: 3, unitPrice: 280 },
  ]),
];

function seedOrder(customerId: number, status: OrderStatus, lines: readonly OrderLine[]): Omit<Order, 'id'> {
  return { customerId, status, lines, total: totalOf(lines), placedAt: '2026-01-15T09:00:00.000Z' };
}
