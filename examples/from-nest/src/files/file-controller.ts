import { randomUUID } from 'node:crypto';
import {
  Body,
  Controller,
  Ctx,
  Get,
  HttpCode,
  HttpContext,
  MemoryFile,
  NotFoundError,
  Param,
  ParseUUIDPipe,
  Post,
  UploadedFile,
} from 'bowline';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { Storage } from './storage.js';

export class FileFields {
  @IsOptional() @IsString() @MaxLength(40) title?: string;
}

@Controller('files')
export class FileController {
  constructor(private readonly storage: Storage) {}

  @Post()
  @HttpCode(201)
  async upload(
    @UploadedFile('file', { to: 'memory', maxSize: 1_000, type: ['text/plain'] }) file: MemoryFile,
    @Body() { title }: FileFields,
  ) {
    const id = randomUUID();
    await this.storage.keep(id, file.name, file.type, file.bytes);
    return { id, name: file.name, size: file.size, title: title ?? null };
  }

  @Get(':id')
  async download(@Param('id', ParseUUIDPipe) id: string, @Ctx() ctx: HttpContext) {
    const file = this.storage.find(id);
    if (file === undefined) throw new NotFoundError(`File ${id} not found`);
    return ctx.sendFile(id, { root: file.root, filename: file.name, type: file.type });
  }
}
