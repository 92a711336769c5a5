import { errors, jwtVerify, SignJWT } from 'jose';
import type { User } from './current-user.js';

const issuer = 'https://notes.example';
const audience = 'notes';
/** Said when a token is read, too: else whoever makes a token chooses, and might choose 'none'. */
const algorithm = 'HS256';

export interface TokenOptions {
  /** At least 32 bytes. */
  readonly secret: Uint8Array;
  /** How long a token is good for. Seconds. */
  readonly lifetime: number;
}

/** Issues tokens and reads them again. The work is jose's. */
export class Tokens {
  /** How long a token is good for. Seconds. */
  readonly lifetime: number;
  readonly #secret: Uint8Array;

  constructor({ secret, lifetime }: TokenOptions) {
    this.lifetime = lifetime;
    this.#secret = secret;
  }

  issue({ name }: User): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: algorithm })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(name)
      .setIssuedAt()
      .setExpirationTime(`${this.lifetime} seconds`)
      .sign(this.#secret);
  }

  /** Rejects with an error of jose's, which {@link TokenFilter} answers. */
  async read(token: string): Promise<User> {
    const { payload } = await jwtVerify(token, this.#secret, {
      algorithms: [algorithm],
      issuer,
      audience,
      requiredClaims: ['exp'],
    });
    // Typed as a text, and not looked at.
    const name: unknown = payload.sub;
    if (typeof name !== 'string') throw new errors.JWTClaimValidationFailed('The subject is no text.', payload, 'sub');
    return { name };
  }
}
