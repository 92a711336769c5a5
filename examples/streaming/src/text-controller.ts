import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Body, Controller, Header, Post } from 'bowline';

@Controller('/text')
export class TextController {
  /** What comes in goes out again, changed, while it is still coming in: a generator is a transform. */
  @Post('/capitals')
  @Header('content-type', 'text/plain; charset=utf-8')
  async *capitals(@Body() body: Readable): AsyncGenerator<string> {
    for await (const text of body.setEncoding('utf8')) yield (text as string).toUpperCase();
  }

  /** The same through a transform of Node's. An error of the upload is one of the answer, and is reported there. */
  @Post('/gzip')
  @Header('content-type', 'application/gzip')
  gzip(@Body() body: Readable): Readable {
    return pipeline(body, createGzip(), () => {});
  }
}
