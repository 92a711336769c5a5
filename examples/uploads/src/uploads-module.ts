import { defineModule, type ContainerModule } from 'bowline';
import { AlbumController } from './album-controller.js';
import { AvatarController } from './avatar-controller.js';
import { AvatarFolder } from './avatar-folder.js';
import { HomeController } from './home-controller.js';
import { RecordingController } from './recording-controller.js';

/** Keeps avatars in `folder`. */
export function uploadsModule(folder: string): ContainerModule {
  return defineModule({
    name: 'uploadsModule',
    controllers: [HomeController, AvatarController, AlbumController, RecordingController],
    bind: ({ bind }) => {
      bind(AvatarFolder).toConstantValue(new AvatarFolder(folder));
    },
  });
}
