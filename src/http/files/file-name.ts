const longest = 255;
// What hides or reorders the characters of a name when it is shown: `exe.gpj` read from the right is a picture.
const unseen = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** A client's file name made fit to be shown: the last segment of a path, without control characters, at most 255 characters. */
export function toFileName(given: string): string {
  const visible = given.toWellFormed().replaceAll(unseen, '');
  const name = visible.slice(Math.max(visible.lastIndexOf('/'), visible.lastIndexOf('\\')) + 1).trim();
  if (name === '.' || name === '..') return '';
  return name.length <= longest ? name : name.slice(0, longest).toWellFormed();
}
