import {
  Body,
  Controller,
  Get,
  MessageSource,
  Post,
  Query,
  UploadedFile,
  UsePipes,
  ValidationPipe,
  type MemoryFile,
} from 'bowline';
import { IsInt, IsObject, IsOptional, IsString, MinLength } from 'class-validator';
import { expect, test } from 'vitest';
import { describeProviders } from './harness/describe-providers.js';

class Note {
  @IsString() @MinLength(3) text!: string;
}
class Card {
  @IsInt() id!: number;
  @IsOptional() @IsObject() labels?: object;
}
class Page {
  @IsInt() limit: number = 20;
}

@Controller('/notes')
@UsePipes(new ValidationPipe({ unknown: 'refuse', status: 422 }))
class NoteController {
  @Post() create(@Body() note: Note) {
    return { isNote: note instanceof Note };
  }
  @Post('/cards') card(@Body() card: Card) {
    return card;
  }
  @Get() list(@Query(new ValidationPipe({ unknown: 'strip' })) page: Page) {
    return page;
  }
  @Post('/covers') cover(@UploadedFile('cover', { to: 'memory', maxSize: 10 }) file: MemoryFile) {
    return file.size;
  }
}

/** Says what failed in the language that a request asks for. */
const translating: MessageSource = {
  messageOf: ({ property, code, params = [] }, ctx) =>
    ctx.header('accept-language') === 'de' ? `${property}: ${code} ${params.join()}` : undefined,
};

describeProviders(
  'what is said of validation',
  {
    controllers: [NoteController],
    bind: ({ bind }) => void bind(MessageSource).toConstantValue(translating),
  },
  (server) => {
    test('refuses what is called as a member of every object too', async () => {
      const refused = async (json: object): Promise<unknown> => {
        const { status, json: body } = await server.post('/notes/cards', { json });
        const { errors } = body as { errors: readonly { path: string; code: string }[] };
        return [status, ...errors.map(({ path, code }) => `${path} ${code}`)];
      };
      expect(await refused({ id: 1, toString: 1, constructor: 'a' })).toEqual([
        422,
        '/toString whitelistValidation',
        '/constructor whitelistValidation',
      ]);
      expect(await refused({ id: 1, labels: { hasOwnProperty: 1, a: 1 } })).toEqual([
        422,
        '/labels/hasOwnProperty whitelistValidation',
      ]);
      expect(await refused({ id: 'a', valueOf: 1 })).toEqual([422, '/valueOf whitelistValidation', '/id isInt']);
    });

    test('holds for the routes of a controller, and for one parameter', async () => {
      expect((await server.post('/notes', { json: { text: 'a note' } })).json).toEqual({ isNote: true });
      expect(await server.post('/notes', { json: { text: 'a note', more: 1 } })).toMatchObject({
        status: 422,
        json: {
          title: 'Unprocessable Content',
          errors: [{ path: '/more', in: 'body', code: 'whitelistValidation' }],
        },
      });
      expect((await server.get('/notes?limit=5&more=1')).json).toEqual({ limit: 5 });
      expect(await server.get('/notes?limit=x')).toMatchObject({
        status: 422,
        json: { errors: [{ path: '/limit', in: 'query', code: 'type', params: ['number'] }] },
      });
    });

    test('is told in the words of a bound source of messages', async () => {
      const headers = { 'accept-language': 'de' };
      expect(await server.post('/notes', { json: { text: 'a' }, headers })).toMatchObject({
        status: 422,
        json: { errors: [{ path: '/text', message: 'text: minLength 3' }] },
      });
      expect(await server.get('/notes?limit=x', { headers })).toMatchObject({
        json: { errors: [{ message: 'limit: type number' }] },
      });
      expect(await server.post('/notes', { json: { text: 'a' } })).toMatchObject({
        json: { errors: [{ message: 'text must be longer than or equal to 3 characters' }] },
      });
    });

    test('is told in these words of files, too', async () => {
      const part = 'content-disposition: form-data; name="cover"; filename="cover.txt"\r\n\r\nmore than ten bytes';
      const headers = { 'accept-language': 'de', 'content-type': 'multipart/form-data; boundary=b' };
      expect(await server.post('/notes/covers', { body: `--b\r\n${part}\r\n--b--\r\n`, headers })).toMatchObject({
        status: 413,
        json: { errors: [{ path: '/cover', in: 'file', message: expect.stringMatching(/^cover: /) as string }] },
      });
    });
  },
);
