import type { PlannedStage } from './plan-stages.js';

/** Whether a pipe states what a file may be, which has to be known before the file comes. */
export function isFilePipe({ source }: PlannedStage): boolean {
  const value: unknown = source.kind === 'value' ? source.value : ofBinding(source.binding.target);
  return typeof value === 'object' && value !== null && 'fileOptions' in value;
}

type Target = Extract<PlannedStage['source'], { readonly kind: 'binding' }>['binding']['target'];

function ofBinding({ constant, implementation }: Target): unknown {
  return constant === undefined ? implementation?.prototype : constant.value;
}

/** Why such a pipe cannot stand where it stands, as a clause. */
export const misplacedFilePipe =
  "what it says of a file has to be known before the file comes: make one beside the name, as in @UploadedFile('avatar', new ParseFilePipe({ ... }))";
