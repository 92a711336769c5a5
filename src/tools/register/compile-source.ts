import { relative } from 'node:path';
import type { HelperMode, OxcError, transformSync, TransformOptions } from 'oxc-transform';
import type { CompilerOptions } from './compiler-options.js';

export type TransformSync = typeof transformSync;

const helpersUrl = new URL('./runtime-helpers.js', import.meta.url).href;

/** One module as JavaScript for the running Node, its source map inline. A syntax error is thrown with its place and code. */
export function compileSource(transform: TransformSync, file: string, text: string, options: CompilerOptions): string {
  const { code, map, errors, helpersUsed } = transform(file, text, toTransformOptions(options));
  const fatal = errors.filter((error) => error.severity === 'Error');
  if (fatal.length > 0) throw syntaxError(file, fatal);

  // At the end, where it moves no line of the source map; imports are hoisted.
  const helpers = Object.keys(helpersUsed).length > 0 ? `\nimport * as babelHelpers from '${helpersUrl}';` : '';
  const encoded = Buffer.from(JSON.stringify(map)).toString('base64');
  return `${code}${helpers}\n//# sourceMappingURL=data:application/json;base64,${encoded}`;
}

function toTransformOptions(options: CompilerOptions): TransformOptions {
  const { runtime, importSource } = options.jsx;
  return {
    sourceType: 'module',
    sourcemap: true,
    target: `node${process.versions.node}`,
    // The other mode imports them from a package that nobody has installed. HelperMode is a const enum without a value.
    helpers: { mode: 'External' as HelperMode },
    jsx: { runtime, ...(importSource === undefined ? {} : { importSource }) },
    assumptions: { setPublicClassFields: !options.defineFields },
    typescript: {
      onlyRemoveTypeImports: options.keepImports,
      removeClassFieldsWithoutInitializer: !options.defineFields,
    },
    ...(options.decorators ? { decorator: { legacy: true, emitDecoratorMetadata: options.metadata } } : {}),
  };
}

function syntaxError(file: string, errors: readonly OxcError[]): SyntaxError {
  const reports = errors.map(({ message, codeframe, helpMessage }) => {
    const place = `${file}:${codeframe?.match(/:(\d+:\d+)\]/)?.[1] ?? 1}`;
    const frame = codeframe?.split('\n').slice(3).join('\n').trimEnd() ?? '';
    return {
      place,
      text: `${relative(process.cwd(), place)}: ${message}\n${frame}${helpMessage ? `\n${helpMessage}` : ''}`,
    };
  });
  const error = new SyntaxError(reports.map(({ text }) => text).join('\n\n'));
  // The stack it was made with is the loader's, and tells the user nothing.
  error.stack = `SyntaxError: ${error.message}\n${reports.map(({ place }) => `    at ${place}`).join('\n')}`;
  return error;
}
