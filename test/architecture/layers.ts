import { cyclesOf } from './cycles.js';
import type { Import, SourceFile } from './source-file.js';

/** DESIGN.md section 4, from the top down. */
const layers = [
  'entries',
  'tools',
  'features',
  'application',
  'decorators',
  'providers',
  'server',
  'routing',
  'validation',
  'resilience',
  'lifecycle',
  'container',
  'http',
  'foundation',
];

/** Where a layer may import less than everything below it. */
const narrower: Readonly<Record<string, readonly string[]>> = {
  decorators: ['routing', 'validation', 'resilience', 'lifecycle', 'container', 'http', 'foundation'],
  resilience: ['lifecycle', 'foundation'],
  lifecycle: ['foundation'],
};

/** Their members are folders of their own, with a door each. */
const grouping = ['tools', 'features', 'providers'];

const knowsNoHttpNorContainer = ['foundation', 'lifecycle', 'resilience'];
const httpOrContainer = /^(node:)?https?2?$|^inversify$|^@inversifyjs\//;
const nameless = /(^|\/)(utils?|helpers?|common|types|interfaces|constants)(\.ts|\/)/;

/** Every breach of the layers as one sentence: what, which rule, and the mend. */
export function findBreaches(files: readonly SourceFile[], optionalPeers: readonly string[]): string[] {
  return [
    ...files.flatMap((file) => [...placeOf(file), ...formOf(file), ...importsOf(file)]),
    ...cycles(files),
    ...reachOfRoot(files, optionalPeers),
  ];
}

function placeOf({ path }: SourceFile): string[] {
  const [layer = '', member] = path.split('/');
  if (!layers.includes(layer)) {
    return [`${path} is in no layer: the folders of src/ are ${layers.join(', ')}. Move it into one.`];
  }
  if (grouping.includes(layer) && member?.endsWith('.ts') === true) {
    return [`${path} lies beside the members of ${layer}: ${layer}/ has no file of its own. Move it into a member.`];
  }
  if (nameless.test(path)) return [`${path} is named after a kind of code. Name it after the one idea that it holds.`];
  return [];
}

function formOf(file: SourceFile): string[] {
  const opensSockets = file.imports.some(({ specifier }) => /^node:(https?|http2|net|tls)$/.test(specifier));
  return [
    ...file.wildcards.map((line) => `${file.path}:${line} has an export *. List the names.`),
    ...file.enums.map((line) => `${file.path}:${line} has an enum or a namespace. Write a union of string literals.`),
    ...(opensSockets && folderOf(file.path) !== 'server' ? file.serverCloses : []).map(
      (line) =>
        `${file.path}:${line} calls close() on a server, which cuts requests on their way. Take leave through server/.`,
    ),
  ];
}

function importsOf(file: SourceFile): string[] {
  const from = folderOf(file.path);
  return file.imports.flatMap((each) => {
    const place = `${file.path}:${each.line}`;
    if (each.target === undefined) return packageBreach(place, from, each.specifier);
    const to = folderOf(each.target);
    if (to === from) {
      if (each.target !== `${from}/index.ts`) return [];
      return [`${place} imports its own folder's index. Import the file that declares it.`];
    }
    if (!mayImport(from, to, each)) return [layerBreach(place, from, to)];
    if (each.target !== `${to}/index.ts`) {
      return [`${place} imports ${each.target}, past the door of ${to}. List the name in ${to}/index.ts, import that.`];
    }
    return decoratorBreach(place, from, to, each);
  });
}

function packageBreach(place: string, from: string, specifier: string): string[] {
  if (knowsNoHttpNorContainer.includes(from) && httpOrContainer.test(specifier)) {
    return [
      `${place} imports ${specifier}: ${from} knows neither HTTP nor the container. Take what it needs through a contract.`,
    ];
  }
  if (from !== 'container' && specifier.startsWith('@inversifyjs/')) {
    return [`${place} imports ${specifier}: only container reads Inversify's inside. Ask container/index.ts.`];
  }
  return [];
}

function decoratorBreach(place: string, from: string, to: string, { values }: Import): string[] {
  if (from !== 'decorators' || to === 'foundation') return [];
  return values
    .filter((name) => !name.endsWith('Key'))
    .map(
      (name) =>
        `${place} imports the value ${name} of ${to}: decorators only write metadata. Import its type, or a key that ${to} declares.`,
    );
}

function layerBreach(place: string, from: string, to: string): string {
  const layer = layerOf(from);
  if (layerOf(to) === layer) {
    return `${place} imports ${to}: no member of ${layer} imports another. Move what both need into a layer below.`;
  }
  if (layerOf(to) === 'providers' && below(layer).includes('providers')) {
    return `${place} imports ${to}: only entries hand out a provider, and application the node one. Use the contract in http.`;
  }
  const allowed = allowedBy(layer);
  const only = allowed.length === 0 ? 'nothing of ours' : `${allowed.join(', ')} only`;
  return `${place} imports ${to}: ${layer} may import ${only}. Declare the contract in ${layer}.`;
}

function mayImport(from: string, to: string, { dynamic }: Import): boolean {
  const layer = layerOf(from);
  if (layer === 'application' && layerOf(to) === 'providers') return to === 'providers/node' || dynamic;
  return allowedBy(layer).includes(layerOf(to));
}

function allowedBy(layer: string): readonly string[] {
  if (layer === 'entries') return below(layer);
  return narrower[layer] ?? below(layer).filter((each) => each !== 'providers');
}

function below(layer: string): readonly string[] {
  return layers.slice(layers.indexOf(layer) + 1);
}

function layerOf(folder: string): string {
  return folder.split('/')[0] ?? '';
}

function folderOf(path: string): string {
  const [layer = '', member] = path.split('/');
  return grouping.includes(layer) && member !== undefined ? `${layer}/${member}` : layer;
}

function cycles(files: readonly SourceFile[]): string[] {
  const byFile = new Map<string, Set<string>>();
  const byFolder = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    for (const { target } of imports) {
      if (target === undefined) continue;
      add(byFile, path, target);
      if (folderOf(path) !== folderOf(target)) add(byFolder, folderOf(path), folderOf(target));
    }
  }
  return [
    ...cyclesOf(byFile).map((cycle) => `Files in a circle: ${cycle.join(' -> ')}. Declare what both need in a third.`),
    ...cyclesOf(byFolder).map(
      (cycle) => `Folders in a circle: ${cycle.join(' -> ')}. Declare the contract in the lower.`,
    ),
  ];
}

/** Law 8: whoever imports `bowline` needs no optional package, also not for its types. */
function reachOfRoot(files: readonly SourceFile[], optionalPeers: readonly string[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const chains = new Map([['entries/bowline.ts', ['entries/bowline.ts']]]);
  const breaches: string[] = [];
  for (const [path, chain] of chains) {
    for (const { specifier, target, dynamic } of byPath.get(path)?.imports ?? []) {
      if (dynamic) continue;
      if (target !== undefined && !chains.has(target)) chains.set(target, [...chain, target]);
      if (optionalPeers.some((peer) => specifier === peer || specifier.startsWith(`${peer}/`))) {
        breaches.push(
          `The root entry reaches ${specifier}: ${chain.join(' -> ')}. Import it with import() when it is needed, or give it an entry of its own.`,
        );
      }
    }
  }
  return breaches;
}

function add(graph: Map<string, Set<string>>, from: string, to: string): void {
  const targets = graph.get(from);
  if (targets === undefined) graph.set(from, new Set([to]));
  else targets.add(to);
}
