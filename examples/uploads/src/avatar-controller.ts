import {
  Controller,
  Ctx,
  DiskFile,
  Get,
  HttpCode,
  HttpContext,
  NotFoundError,
  Param,
  Put,
  UploadedFile,
} from 'bowline';
import { AvatarFolder } from './avatar-folder.js';

@Controller('/users/:user/avatar')
export class AvatarController {
  constructor(private readonly avatars: AvatarFolder) {}

  /** Written to the disk while it arrives, judged by its first bytes, and removed again unless it is kept. */
  @Put()
  @HttpCode(201)
  async replace(
    @Param('user') user: number,
    @UploadedFile('avatar', { type: ['image/png', 'image/jpeg', 'image/webp'], maxSize: 2_000_000 }) file: DiskFile,
  ) {
    await this.avatars.keep(user, file);
    return { user, name: file.name, type: file.type, size: file.size };
  }

  @Get()
  async show(@Param('user') user: number, @Ctx() ctx: HttpContext) {
    const avatar = await this.avatars.find(user);
    if (avatar === undefined) throw new NotFoundError(`The user ${user} has no avatar.`);
    // What was found by content is safe to say, as long as browsers do not look for another type themselves.
    ctx.type(avatar.type).set('x-content-type-options', 'nosniff');
    return avatar.bytes;
  }
}
