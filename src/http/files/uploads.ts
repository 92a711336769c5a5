import { missingPackageOf, type BootReport } from '../../foundation/index.js';
import type { TypeDetector } from './judge-type.js';
import type { PartSplitter } from './read-parts.js';
import { TemporaryFiles } from './temporary-files.js';

/** What all uploads of one application share: its temporary files, and packages that are loaded when a route needs them. */
export class Uploads {
  readonly temporary = new TemporaryFiles();
  #splitter: PartSplitter | undefined;
  #detect: TypeDetector | undefined;

  /** Loads what splits a form. */
  async loadSplitter(): Promise<void> {
    if (this.#splitter !== undefined) return;
    const { Dicer } = await import('@fastify/busboy');
    this.#splitter = Dicer as unknown as PartSplitter;
  }

  /** Loads what tells types by content. A package that is missing is a boot problem. */
  async loadDetector(neededBy: string, report: BootReport): Promise<void> {
    if (this.#detect !== undefined) return;
    try {
      const { fileTypeFromBuffer } = await import('file-type');
      this.#detect = (bytes) => fileTypeFromBuffer(bytes);
    } catch (error) {
      if (missingPackageOf(error) === undefined) throw error;
      report.add('BOW_PACKAGE_MISSING', { package: 'file-type', neededBy }, error);
    }
  }

  get splitter(): PartSplitter {
    if (this.#splitter === undefined) throw new Error('Boot loads the splitter before a form comes.');
    return this.#splitter;
  }

  /** Undefined where no route has a rule of types. */
  get detect(): TypeDetector | undefined {
    return this.#detect;
  }
}
