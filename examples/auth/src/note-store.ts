import { Injectable } from 'bowline';

export interface Note {
  readonly id: number;
  readonly owner: string;
  readonly text: string;
}

/** All notes of all users. In memory. */
@Injectable()
export class NoteStore {
  readonly #notes: Note[] = [];

  add(owner: string, text: string): Note {
    const note = { id: this.#notes.length + 1, owner, text };
    this.#notes.push(note);
    return note;
  }

  all(): readonly Note[] {
    return this.#notes;
  }
}
