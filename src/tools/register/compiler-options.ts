import { dirname } from 'node:path';
import { getTsconfig, type TsConfigJson } from 'get-tsconfig';

/** The settings of a tsconfig.json that change what a file compiles to. */
export interface CompilerOptions {
  readonly decorators: boolean;
  readonly metadata: boolean;
  readonly defineFields: boolean;
  readonly keepImports: boolean;
  readonly jsx: { readonly runtime: 'automatic' | 'classic'; readonly importSource: string | undefined };
}

const byFolder = new Map<string, CompilerOptions>();

/** What the nearest tsconfig.json says, `extends` included; what it leaves open is set as Bowline needs it. */
export function compilerOptions(file: string): CompilerOptions {
  const folder = dirname(file);
  let options = byFolder.get(folder);
  if (options === undefined) {
    options = toOptions(getTsconfig(folder)?.config.compilerOptions ?? {});
    byFolder.set(folder, options);
  }
  return options;
}

function toOptions(given: TsConfigJson.CompilerOptions): CompilerOptions {
  return {
    decorators: given.experimentalDecorators ?? true,
    metadata: given.emitDecoratorMetadata ?? true,
    defineFields: given.useDefineForClassFields ?? definesByTarget(given.target),
    keepImports: given.verbatimModuleSyntax ?? false,
    jsx: { runtime: given.jsx === 'react' ? 'classic' : 'automatic', importSource: given.jsxImportSource },
  };
}

/** As the compiler does: targets from ES2022 on have class fields of their own. */
function definesByTarget(target: string | undefined): boolean {
  if (target === undefined) return false;
  const year = /^es(\d{4})$/i.exec(target)?.[1];
  return year === undefined ? target.toLowerCase() === 'esnext' : Number(year) >= 2022;
}
