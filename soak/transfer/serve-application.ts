import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  createApplication,
  defineModule,
  Get,
  HttpCode,
  HttpProvider,
  loadProvider,
  Post,
  Query,
  type LoadableProvider,
} from 'bowline';
import { blocksOf } from './blocks-of.js';
import { toTemporaryFile } from './temporary-file.js';

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
  const app = await createApplication({ modules: [transferModule], logger: { level: 'warn' }, signals: false });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return Number(new URL(app.url).port);
}
