import { Catch, type ExceptionFilter, type HttpContext } from 'bowline';

export class DomainError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

@Catch(DomainError)
export class DomainErrorFilter implements ExceptionFilter {
  catch({ code, message }: DomainError, ctx: HttpContext) {
    ctx.status(409);
    return { statusCode: 409, code, message };
  }
}
