import { Inject, Injectable } from 'bowline';
import { CurrentUser, type User } from './current-user.js';
import { NoteStore, type Note } from './note-store.js';

/**
 * The notes of whoever asks. It is made for one request, when the guard has let that pass: so it has the user in its constructor, and
 * no method can forget whose notes are meant.
 */
@Injectable({ scope: 'request' })
export class OwnNotes {
  constructor(
    @Inject(CurrentUser) private readonly user: User,
    private readonly store: NoteStore,
  ) {}

  list(): readonly Note[] {
    return this.store.all().filter(({ owner }) => owner === this.user.name);
  }

  add(text: string): Note {
    return this.store.add(this.user.name, text);
  }
}
