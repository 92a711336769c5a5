import { Controller, Get, Inject, Param } from 'bowline';
import { CustomerService, type Customer } from './customer-service.js';

@Controller('/customers')
export class CustomerController {
  constructor(@Inject(CustomerService) private readonly customers: CustomerService) {}

  @Get()
  list(): readonly Customer[] {
    return this.customers.list();
  }

  @Get('/:id')
  find(@Param('id', Number) id: number): Customer | undefined {
    return this.customers.find(id);
  }
}
