export enum OrderStatus {
  Pending = 'pending',
  Paid = 'paid',
}

export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
  /** In cents. */
  readonly unitPrice: number;
}

export interface Order {
  readonly id: number;
  readonly customerId: number;
  readonly status: OrderStatus;
  readonly lines: readonly OrderLine[];
  /** In cents. */
  readonly total: number;
  readonly placedAt: string;
  readonly paymentReference?: string;
}

export function totalOf(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0);
}
