import { HttpError, type HttpErrorOptions } from './http-error.js';

// One class for each error status of the IANA registry, under the names of RFC 9110 and its successors.

export class BadRequestError extends HttpError {
  override readonly name = 'BadRequestError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(400, message, options);
  }
}

export class UnauthorizedError extends HttpError {
  override readonly name = 'UnauthorizedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(401, message, options);
  }
}

export class PaymentRequiredError extends HttpError {
  override readonly name = 'PaymentRequiredError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(402, message, options);
  }
}

export class ForbiddenError extends HttpError {
  override readonly name = 'ForbiddenError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(403, message, options);
  }
}

export class NotFoundError extends HttpError {
  override readonly name = 'NotFoundError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(404, message, options);
  }
}

export class MethodNotAllowedError extends HttpError {
  override readonly name = 'MethodNotAllowedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(405, message, options);
  }
}

export class NotAcceptableError extends HttpError {
  override readonly name = 'NotAcceptableError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(406, message, options);
  }
}

export class ProxyAuthenticationRequiredError extends HttpError {
  override readonly name = 'ProxyAuthenticationRequiredError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(407, message, options);
  }
}

export class RequestTimeoutError extends HttpError {
  override readonly name = 'RequestTimeoutError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(408, message, options);
  }
}

export class ConflictError extends HttpError {
  override readonly name = 'ConflictError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(409, message, options);
  }
}

export class GoneError extends HttpError {
  override readonly name = 'GoneError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(410, message, options);
  }
}

export class LengthRequiredError extends HttpError {
  override readonly name = 'LengthRequiredError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(411, message, options);
  }
}

export class PreconditionFailedError extends HttpError {
  override readonly name = 'PreconditionFailedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(412, message, options);
  }
}

export class ContentTooLargeError extends HttpError {
  override readonly name = 'ContentTooLargeError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(413, message, options);
  }
}

export class UriTooLongError extends HttpError {
  override readonly name = 'UriTooLongError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(414, message, options);
  }
}

export class UnsupportedMediaTypeError extends HttpError {
  override readonly name = 'UnsupportedMediaTypeError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(415, message, options);
  }
}

export class RangeNotSatisfiableError extends HttpError {
  override readonly name = 'RangeNotSatisfiableError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(416, message, options);
  }
}

export class ExpectationFailedError extends HttpError {
  override readonly name = 'ExpectationFailedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(417, message, options);
  }
}

export class ImATeapotError extends HttpError {
  override readonly name = 'ImATeapotError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(418, message, options);
  }
}

export class MisdirectedRequestError extends HttpError {
  override readonly name = 'MisdirectedRequestError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(421, message, options);
  }
}

export class UnprocessableContentError extends HttpError {
  override readonly name = 'UnprocessableContentError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(422, message, options);
  }
}

export class LockedError extends HttpError {
  override readonly name = 'LockedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(423, message, options);
  }
}

export class FailedDependencyError extends HttpError {
  override readonly name = 'FailedDependencyError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(424, message, options);
  }
}

export class TooEarlyError extends HttpError {
  override readonly name = 'TooEarlyError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(425, message, options);
  }
}

export class UpgradeRequiredError extends HttpError {
  override readonly name = 'UpgradeRequiredError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(426, message, options);
  }
}

export class PreconditionRequiredError extends HttpError {
  override readonly name = 'PreconditionRequiredError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(428, message, options);
  }
}

export class TooManyRequestsError extends HttpError {
  override readonly name = 'TooManyRequestsError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(429, message, options);
  }
}

export class RequestHeaderFieldsTooLargeError extends HttpError {
  override readonly name = 'RequestHeaderFieldsTooLargeError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(431, message, options);
  }
}

export class UnavailableForLegalReasonsError extends HttpError {
  override readonly name = 'UnavailableForLegalReasonsError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(451, message, options);
  }
}

export class InternalServerError extends HttpError {
  override readonly name = 'InternalServerError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(500, message, options);
  }
}

export class NotImplementedError extends HttpError {
  override readonly name = 'NotImplementedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(501, message, options);
  }
}

export class BadGatewayError extends HttpError {
  override readonly name = 'BadGatewayError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(502, message, options);
  }
}

export class ServiceUnavailableError extends HttpError {
  override readonly name = 'ServiceUnavailableError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(503, message, options);
  }
}

export class GatewayTimeoutError extends HttpError {
  override readonly name = 'GatewayTimeoutError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(504, message, options);
  }
}

export class HttpVersionNotSupportedError extends HttpError {
  override readonly name = 'HttpVersionNotSupportedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(505, message, options);
  }
}

export class VariantAlsoNegotiatesError extends HttpError {
  override readonly name = 'VariantAlsoNegotiatesError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(506, message, options);
  }
}

export class InsufficientStorageError extends HttpError {
  override readonly name = 'InsufficientStorageError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(507, message, options);
  }
}

export class LoopDetectedError extends HttpError {
  override readonly name = 'LoopDetectedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(508, message, options);
  }
}

export class NotExtendedError extends HttpError {
  override readonly name = 'NotExtendedError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(510, message, options);
  }
}

export class NetworkAuthenticationRequiredError extends HttpError {
  override readonly name = 'NetworkAuthenticationRequiredError';
  constructor(message?: string, options?: HttpErrorOptions) {
    super(511, message, options);
  }
}
