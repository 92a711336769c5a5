import { defineModule } from 'bowline';
import { ArchiveController } from './archive-controller.js';
import { Clock } from './clock.js';
import { ClockController } from './clock-controller.js';
import { HomeController } from './home-controller.js';
import { ReadingController } from './reading-controller.js';
import { ReadingStore } from './reading-store.js';
import { TextController } from './text-controller.js';
import { Upstream } from './upstream.js';
import { UpstreamController } from './upstream-controller.js';

export const streamingModule = defineModule({
  name: 'streamingModule',
  controllers: [
    HomeController,
    ClockController,
    ReadingController,
    ArchiveController,
    TextController,
    UpstreamController,
  ],
  services: [Clock, ReadingStore, Upstream],
});
