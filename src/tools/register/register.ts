import { registerHooks, type LoadHookSync, type ResolveHookSync } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileSource, type TransformSync } from './compile-source.js';
import { compilerOptions } from './compiler-options.js';

/**
 * From here on every `.ts`, `.mts` and `.tsx` module outside node_modules is compiled when it is imported, with the
 * decorator settings of its nearest tsconfig.json, and stack traces name its own lines. Types are not checked.
 */
export async function register(): Promise<void> {
  const transform = await loadTransform();
  const load: LoadHookSync = (url, context, nextLoad) => {
    const file = typeScriptFile(url);
    if (file === undefined) return nextLoad(url, context);
    const source = compileSource(transform, file, readFileSync(file, 'utf8'), compilerOptions(file));
    return { format: 'module', source, shortCircuit: true };
  };
  registerHooks({ resolve, load });
  process.setSourceMapsEnabled(true);
}

/** TypeScript's own spelling of an import is the file that will be there after compiling: `./x.js` for `./x.ts`. */
const resolve: ResolveHookSync = (specifier, context, nextResolve) => {
  try {
    return nextResolve(specifier, context);
  } catch (error) {
    const typed = toTypeScript(specifier);
    if (typed === undefined || !isMissing(error) || isThirdParty(context.parentURL)) throw error;
    try {
      return nextResolve(typed, context);
    } catch {
      // The user wrote the .js name, so that is the one to complain about.
      throw error;
    }
  }
};

function toTypeScript(specifier: string): string | undefined {
  if (!/^(\.{0,2}\/|file:)/.test(specifier)) return undefined;
  const typed = specifier.replace(/\.(m?)js(?=$|[?#])/, '.$1ts').replace(/\.jsx(?=$|[?#])/, '.tsx');
  return typed === specifier ? undefined : typed;
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
}

function typeScriptFile(url: string): string | undefined {
  if (!url.startsWith('file:') || isThirdParty(url)) return undefined;
  const { pathname } = new URL(url);
  return /\.(m?ts|tsx)$/.test(pathname) ? fileURLToPath(url) : undefined;
}

function isThirdParty(url: string | undefined): boolean {
  return url?.includes('/node_modules/') === true;
}

async function loadTransform(): Promise<TransformSync> {
  try {
    return (await import('oxc-transform')).transformSync;
  } catch (error) {
    if (!isMissing(error)) throw error;
    // Imported only now: what is compiled here has to load nothing but the compiler.
    const { BowlineError } = await import('../../foundation/index.js');
    throw new BowlineError('BOW_PACKAGE_MISSING', { package: 'oxc-transform', neededBy: 'bowline/register' });
  }
}
