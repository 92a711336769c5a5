import { jwtVerify, SignJWT } from 'jose';
import type { Principal } from './current-user.js';
import { Role } from './roles.js';

/** Was: JwtService of @nestjs/jwt. */
export class Tokens {
  readonly #secret: Uint8Array;
  readonly #lifetime: number;

  constructor(secret: string, lifetime: number) {
    this.#secret = new TextEncoder().encode(secret);
    this.#lifetime = lifetime;
  }

  sign({ id, name, role }: Principal): Promise<string> {
    return new SignJWT({ name, role })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(id)
      .setIssuedAt()
      .setExpirationTime(`${this.#lifetime} seconds`)
      .sign(this.#secret);
  }

  async verify(token: string): Promise<Principal> {
    const { payload } = await jwtVerify(token, this.#secret, { algorithms: ['HS256'], requiredClaims: ['exp', 'sub'] });
    const { sub = '', name, role } = payload;
    return { id: sub, name: String(name), role: role === Role.Admin ? Role.Admin : Role.Clerk };
  }
}
