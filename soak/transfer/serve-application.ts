import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  createApplication,
  defineModule,
  DiskFile,
  Get,
  HttpCode,
  HttpProvider,
  loadProvider,
  MemoryFile,
  Post,
  Query,
  UploadedFile,
  type LoadableProvider,
} from 'bowline';
import { blocksOf } from './blocks-of.js';
import { toTemporaryFile } from './temporary-file.js';

/** What a body may be that is read whole, when it has come out of its coding. Bytes. */
export const bodyLimit = 1_048_576;

@Controller()
class TransferController {
  @Get('/download')
  download(@Query('bytes', { required: true }) bytes: number): Readable {
    return blocksOf(bytes);
  }

  @Post('/upload')
  @HttpCode(201)
  async upload(@Body() body: Readable): Promise<{ bytes: number }> {
    return { bytes: await toTemporaryFile(body) };
  }

  @Post('/form')
  @HttpCode(201)
  form(@UploadedFile('file', { maxSize: 2 ** 40 }) file: DiskFile): { bytes: number } {
    return { bytes: file.size };
  }

  @Post('/bytes')
  @HttpCode(201)
  bytes(@Body() { length }: Buffer): { bytes: number } {
    return { bytes: length };
  }

  @Post('/small-form')
  @HttpCode(201)
  smallForm(@UploadedFile('file', { to: 'memory', maxSize: bodyLimit }) { size }: MemoryFile): { bytes: number } {
    return { bytes: size };
  }
}

/** Resolves with its port. */
export async function serveApplication(provider: LoadableProvider): Promise<number> {
  const transferModule = defineModule({
    name: 'transferModule',
    controllers: [TransferController],
    bind: async ({ bind }) => {
      bind(HttpProvider).toConstantValue(await loadProvider(provider));
    },
  });
  const app = await createApplication({
    modules: [transferModule],
    logger: { level: 'warn' },
    signals: false,
    servers: { main: { limits: { body: bodyLimit } } },
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return Number(new URL(app.url).port);
}
