import { Injectable } from 'bowline';
import { seedCustomers } from './seed.js';

export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly email: string;
}

@Injectable()
export class CustomerService {
  readonly #customers = new Map<number, Customer>(seedCustomers.map((customer) => [customer.id, customer]));

  find(id: number): Customer | undefined {
    return this.#customers.get(id);
  }

  list(): readonly Customer[] {
    return [...this.#customers.values()];
  }
}
