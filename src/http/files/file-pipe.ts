import type { Pipe } from '../stages.js';
import type { FileOptions } from './file-rules.js';

/** A pipe that states what its file may be: known before the file comes, so that what is refused is not received first. */
export interface FilePipe<Required extends boolean = boolean> extends Pipe {
  readonly fileOptions: FileOptions & { readonly required?: Required };
}
