import { Injectable, UnauthorizedError } from 'bowline';
import { UserService } from '../users/user-service.js';
import { Tokens } from './tokens.js';

@Injectable()
export class AuthService {
  constructor(
    private readonly users: UserService,
    private readonly tokens: Tokens,
  ) {}

  async login(name: string, password: string) {
    const user = this.users.findByName(name);
    if (user?.password !== password) throw new UnauthorizedError('Wrong name or password');
    return { accessToken: await this.tokens.sign(user) };
  }
}
