/** What a {@link LinkedList} holds: it carries its own links, so that holding it costs no further object. */
export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
  /** Whether it is in a list; only the list writes it. */
  isLinked: boolean;
}

/** A list from which whoever is in it can be taken at once. An item is in one list at a time. */
export class LinkedList<T extends Linked<T>> {
  first: T | undefined;
  last: T | undefined;
  size: number;

  constructor() {
    this.first = undefined;
    this.last = undefined;
    this.size = 0;
  }

  append(item: T): void {
    this.insertAfter(this.last, item);
  }

  /** Puts `item` behind `before`, or in front of all where there is none. */
  insertAfter(before: T | undefined, item: T): void {
    const after = before === undefined ? this.first : before.next;
    item.previous = before;
    item.next = after;
    item.isLinked = true;
    if (before === undefined) this.first = item;
    else before.next = item;
    if (after === undefined) this.last = item;
    else after.previous = item;
    this.size++;
  }

  /** From the first to the last, as they are now. */
  toArray(): T[] {
    const items: T[] = [];
    for (let each = this.first; each !== undefined; each = each.next) items.push(each);
    return items;
  }

  /** False where it is in no list. */
  remove(item: T): boolean {
    if (!item.isLinked) return false;
    const { previous, next } = item;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    item.previous = undefined;
    item.next = undefined;
    item.isLinked = false;
    this.size--;
    return true;
  }
}
