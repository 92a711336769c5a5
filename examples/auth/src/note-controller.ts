import { Body, Controller, Get, HttpCode, Post, UseGuards } from 'bowline';
import { IsString, Length } from 'class-validator';
import { NoteStore, type Note } from './note-store.js';
import { OwnNotes } from './own-notes.js';
import { requireRole } from './require-role.js';

export class WriteNote {
  @IsString() @Length(1, 500) text!: string;
}

@Controller({ path: '/notes', scope: 'request' })
export class NoteController {
  constructor(private readonly notes: OwnNotes) {}

  @Get()
  list(): readonly Note[] {
    return this.notes.list();
  }

  @Post()
  @HttpCode(201)
  @UseGuards(requireRole('writer'))
  write(@Body() { text }: WriteNote): Note {
    return this.notes.add(text);
  }
}

@Controller('/admin/notes')
@UseGuards(requireRole('admin'))
export class AdminController {
  constructor(private readonly store: NoteStore) {}

  @Get()
  all(): readonly Note[] {
    return this.store.all();
  }
}
