import type { FastifyInstance } from 'fastify';

interface CreateAccount {
  readonly name: string;
  readonly address: { readonly city: string };
}

interface Account {
  readonly id: number;
  readonly name: string;
  readonly city: string;
}

class AccountService {
  readonly #accounts = new Map<number, Account>();

  list(): Account[] {
    return [...this.#accounts.values()];
  }

  find(id: number): Account | undefined {
    return this.#accounts.get(id);
  }

  create({ name, address }: CreateAccount): Account {
    const account = { id: this.#accounts.size + 1, name, city: address.city };
    this.#accounts.set(account.id, account);
    return account;
  }

  remove(id: number): void {
    this.#accounts.delete(id);
  }
}

interface One {
  Params: { id: number };
}

const params = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } };

const body = {
  type: 'object',
  required: ['name', 'email', 'age', 'subscribed', 'tags', 'address'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 50 },
    email: { type: 'string', format: 'email' },
    age: { type: 'integer', minimum: 0, maximum: 150 },
    subscribed: { type: 'boolean' },
    tags: { type: 'array', maxItems: 10, items: { type: 'string' } },
    address: {
      type: 'object',
      required: ['street', 'city', 'postcode'],
      properties: {
        street: { type: 'string', minLength: 1, maxLength: 100 },
        city: { type: 'string', minLength: 1, maxLength: 60 },
        postcode: { type: 'string', pattern: '^\\d{5}$' },
      },
    },
  },
};

export function account(app: FastifyInstance): void {
  const accounts = new AccountService();
  app.get('/accounts', (_request, reply) => {
    reply.send(accounts.list());
  });
  app.get<One>('/accounts/:id', { schema: { params } }, (request, reply) => {
    const found = accounts.find(request.params.id);
    if (found === undefined) reply.callNotFound();
    else reply.send(found);
  });
  app.post<{ Body: CreateAccount }>('/accounts', { schema: { body } }, (request, reply) => {
    reply.code(201).send(accounts.create(request.body));
  });
  app.delete<One>('/accounts/:id', { schema: { params } }, (request, reply) => {
    accounts.remove(request.params.id);
    reply.code(204).send();
  });
}
