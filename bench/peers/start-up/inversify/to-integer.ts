import { BadRequestHttpResponse, type Pipe } from '@inversifyjs/http-core';
import { injectable } from 'inversify';

@injectable()
export class ToInteger implements Pipe<string, number> {
  execute(input: string): number {
    const value = Number(input);
    if (!Number.isInteger(value)) throw new BadRequestHttpResponse(undefined, 'It is no integer.');
    return value;
  }
}
