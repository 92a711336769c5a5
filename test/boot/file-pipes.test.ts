import {
  Body,
  Controller,
  defineModule,
  DiskFile,
  GlobalPipe,
  Injectable,
  ParseFilePipe,
  Post,
  Query,
  UploadedFile,
  UsePipes,
} from 'bowline';
import { describe, expect, it } from 'vitest';
import { problemsOf, shop } from './boot-fixture.js';

const misplaced =
  "what it says of a file has to be known before the file comes: make one beside the name, as in @UploadedFile('avatar', new ParseFilePipe({ ... })). [BOW_STAGE_INVALID]";

describe('a ParseFilePipe', () => {
  it('is reported where it works on a method, on another parameter, or on all', async () => {
    @Controller()
    class FileController {
      @Post('/a') @UsePipes(new ParseFilePipe({ maxSize: 1 })) a(@UploadedFile('a') _file: DiskFile): void {}
      @Post('/b') b(@Query('b', new ParseFilePipe()) _text: unknown): void {}
    }
    expect(await problemsOf({ modules: [shop({ controllers: [FileController] })] })).toEqual([
      `ParseFilePipe of FileController.a: ${misplaced}`,
      `ParseFilePipe of FileController.b: ${misplaced}`,
    ]);

    @Controller()
    class BodyController {
      @Post('/a') a(@Body({ validate: false }) _body: Record<string, unknown>): void {}
    }
    const everywhere = defineModule({
      controllers: [BodyController],
      bind: ({ bind }) => bind(GlobalPipe).toConstantValue(new ParseFilePipe()),
    });
    expect(await problemsOf({ modules: [everywhere] })).toEqual([`ParseFilePipe of BodyController.a: ${misplaced}`]);
  });

  it('is reported where it is a class, which says nothing before it is made', async () => {
    @Injectable()
    class PicturePipe extends ParseFilePipe {
      constructor() {
        super({ type: 'image/*' });
      }
    }
    @Controller()
    class FileController {
      @Post('/a') a(@UploadedFile('a', PicturePipe as never) _file: DiskFile): void {}
    }
    expect(await problemsOf({ modules: [shop({ controllers: [FileController], services: [PicturePipe] })] })).toEqual([
      `PicturePipe of FileController.a: ${misplaced}`,
    ]);
  });

  it('is reported where the decorator says the same beside it', async () => {
    @Controller()
    class FileController {
      // @ts-expect-error -- what the pipe says stands there alone
      @Post('/a') a(@UploadedFile('a', { maxSize: 2 }, new ParseFilePipe({ maxSize: 1 })) _file: DiskFile): void {}
    }
    expect(await problemsOf({ modules: [shop({ controllers: [FileController] })] })).toEqual([
      '@UploadedFile on parameter 1 of FileController.a says maxSize twice, beside its pipe and in it; keep one. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is not made with options that there are not', () => {
    const make = (options: object) => () => new ParseFilePipe(options);
    expect(make({ maxsize: 1 })).toThrow(
      'There is no option ParseFilePipe.maxsize. Did you mean ParseFilePipe.maxSize?',
    );
    expect(make(null as never)).toThrow('The options of a ParseFilePipe are null; they must be an object.');
    expect(make({ maxSize: 0.5 })).toThrow('ParseFilePipe.maxSize is 0.5; it must be a whole number of at least 1.');
    expect(make({ type: 'png' })).toThrow("ParseFilePipe.type is 'png'; it must be a type such as 'image/png'");
    expect(make({ validators: [1] })).toThrow('it must be a list of functions.');
    expect(make({ status: 500 })).toThrow('ParseFilePipe.status is 500; it must be 400 or 422.');
  });
});
