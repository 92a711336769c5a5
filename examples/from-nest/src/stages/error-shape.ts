import { nestFormat, type ErrorFormat, type FailedCall, type HttpError } from 'bowline';

/** Was: a filter that caught everything. As NestJS has it, and which request it was. */
export const errorShape: ErrorFormat = {
  format(error: HttpError, call: FailedCall) {
    const { contentType, body } = nestFormat.format(error, call);
    return {
      contentType,
      body: JSON.stringify({ ...(JSON.parse(body) as object), path: call.path, requestId: call.id }),
    };
  },
};
