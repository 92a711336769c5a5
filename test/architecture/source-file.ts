import { posix } from 'node:path';
import { parseSync, Visitor, type Expression, type StringLiteral, type Super } from 'oxc-parser';

/** One thing that a file takes from another, types and `export … from` included. */
export interface Import {
  readonly line: number;
  readonly specifier: string;
  /** The file under src/ that is meant, or undefined for a package. */
  readonly target: string | undefined;
  /** Taken when it runs, by `import()`. */
  readonly dynamic: boolean;
  /** The names that exist at run time: types are not among them. */
  readonly values: readonly string[];
}

export interface SourceFile {
  /** Relative to src/, with slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** Lines with `export * from`. */
  readonly wildcards: readonly number[];
  /** Lines with an enum or a namespace. */
  readonly enums: readonly number[];
  /** Lines that call `close()` on something named a server. */
  readonly serverCloses: readonly number[];
}

export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);

  const imports: Import[] = [];
  const wildcards: number[] = [];
  const enums: number[] = [];
  const serverCloses: number[] = [];
  const lineOf = (node: { start: number }): number => text.slice(0, node.start).split('\n').length;
  const take = (node: { start: number }, source: StringLiteral, values: readonly string[], dynamic = false): void => {
    const specifier = source.value;
    imports.push({ line: lineOf(node), specifier, target: targetOf(path, specifier), dynamic, values });
  };

  new Visitor({
    ImportDeclaration(node) {
      const runTime = node.importKind === 'type' ? [] : node.specifiers;
      const values = runTime.flatMap((each) => {
        if (each.type !== 'ImportSpecifier') return ['*'];
        return each.importKind === 'type' ? [] : [nameOf(each.imported)];
      });
      take(node, node.source, values);
    },
    ExportNamedDeclaration(node) {
      if (node.source === null) return;
      const runTime = node.exportKind === 'type' ? [] : node.specifiers;
      const values = runTime.flatMap((each) => (each.exportKind === 'type' ? [] : [nameOf(each.local)]));
      take(node, node.source, values);
    },
    ExportAllDeclaration(node) {
      wildcards.push(lineOf(node));
      take(node, node.source, node.exportKind === 'type' ? [] : ['*']);
    },
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') take(node, node.source, ['*'], true);
    },
    TSImportType(node) {
      take(node, node.source, []);
    },
    TSExternalModuleReference(node) {
      take(node, node.expression, ['*']);
    },
    TSEnumDeclaration(node) {
      enums.push(lineOf(node));
    },
    TSModuleDeclaration(node) {
      if (!node.declare) enums.push(lineOf(node));
    },
    CallExpression({ callee, start }) {
      if (callee.type !== 'MemberExpression' || callee.computed || callee.property.name !== 'close') return;
      if (/server$/i.test(lastName(callee.object))) serverCloses.push(lineOf({ start }));
    },
  }).visit(program);

  return { path, imports, wildcards, enums, serverCloses };
}

function nameOf(name: { type: string; name?: string; value?: string }): string {
  return name.name ?? name.value ?? '';
}

function lastName(expression: Expression | Super): string {
  if (expression.type === 'Identifier') return expression.name;
  if (expression.type === 'MemberExpression' && !expression.computed) return expression.property.name;
  return '';
}

function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    return posix.join(posix.dirname(path), specifier).replace(/\.(m?)js$/, '.$1ts');
  }
  const entry = /^bowline(?:\/(.+))?$/.exec(specifier);
  return entry === null ? undefined : `entries/${entry[1] ?? 'bowline'}.ts`;
}
