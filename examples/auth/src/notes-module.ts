import { defineModule } from 'bowline';
import { HomeController } from './home-controller.js';
import { AdminController, NoteController } from './note-controller.js';
import { NoteStore } from './note-store.js';
import { OwnNotes } from './own-notes.js';

export const notesModule = defineModule({
  name: 'notesModule',
  controllers: [HomeController, NoteController, AdminController],
  services: [NoteStore, OwnNotes],
});
