export enum OrderStatus {
  Open = 'open',
  Paid = 'paid',
}

export interface Order {
  readonly id: number;
  readonly tenant: string;
  readonly owner: string;
  readonly placedAt: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  status: OrderStatus;
}
