import { Inject, Injectable, OnStart } from 'bowline';
import { Role } from '../auth/roles.js';
import { DomainError } from '../stages/domain-error.js';
import type { CreateUser, UpdateUser } from './create-user.js';
import { IdGenerator } from './id-generator.js';
import { Mailer } from './mailer.js';
import type { User } from './user.js';

@Injectable()
export class UserService {
  readonly #users = new Map<string, User>();

  constructor(
    @Inject(IdGenerator) private readonly nextId: IdGenerator,
    private readonly mailer: Mailer,
  ) {}

  /** Was: onModuleInit. */
  @OnStart()
  seed(): void {
    const ada = '5f0c3a52-93c0-4d6f-a1de-8a2d7a0c0001';
    const bob = '5f0c3a52-93c0-4d6f-a1de-8a2d7a0c0002';
    this.#keep({ id: ada, name: 'ada', email: 'ada@example.com', role: Role.Admin, password: 'bowline-on-a-bight' });
    this.#keep({ id: bob, name: 'bob', email: 'bob@example.com', role: Role.Clerk, password: 'sheet-bend' });
  }

  list(page: number, limit: number): User[] {
    return [...this.#users.values()].slice((page - 1) * limit, page * limit);
  }

  find(id: string): User | undefined {
    return this.#users.get(id);
  }

  findByName(name: string): User | undefined {
    return [...this.#users.values()].find((user) => user.name === name);
  }

  async create({ name, email, role, password }: CreateUser): Promise<User> {
    if (this.findByName(name) !== undefined) throw new DomainError('NAME_TAKEN', `There is a user ${name} already`);
    const user = this.#keep({ id: this.nextId(), name, email, role, password });
    await this.mailer.welcome(user.email);
    return user;
  }

  update(id: string, fields: UpdateUser): User | undefined {
    const user = this.#users.get(id);
    return user === undefined ? undefined : this.#keep(Object.assign({ ...user }, fields));
  }

  remove(id: string): boolean {
    return this.#users.delete(id);
  }

  #keep(user: User): User {
    this.#users.set(user.id, user);
    return user;
  }
}
