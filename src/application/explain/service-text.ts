import type { ServiceExplanation, StopStep } from './explain-services.js';
import { aligned } from './text-layout.js';

/** The bindings by module. */
export function serviceLines(services: readonly ServiceExplanation[]): readonly string[] {
  const rows = [...Map.groupBy(services, ({ module }) => module)].flatMap(([module, own]) => [
    module,
    ...own.map(serviceRow),
  ]);
  return aligned(rows, '  ');
}

function serviceRow(service: ServiceExplanation): readonly string[] {
  const { dependsOn, identifier, kind, lazy, name, opaque, scope } = service;
  const facts = [
    ...(name === identifier ? [] : [`bound as ${identifier}`]),
    ...(dependsOn.length === 0 ? [] : [`${kind === 'alias' ? 'leads to' : 'needs'} ${dependsOn.join(', ')}`]),
  ].join(', ');
  return [
    `  ${name}`,
    kind,
    kind === 'alias' ? '' : `${scope}${lazy ? ', lazy' : ''}`,
    opaque ? `${facts} (opaque)`.trimStart() : facts,
  ];
}

/** One line for what is closed at once; what is only let go stands in brackets. */
export function stopLines(steps: readonly StopStep[]): readonly string[] {
  const digits = String(steps.length).length;
  return aligned(
    steps.map(({ services, closing }, index) => {
      const names = services.map((name) => (closing.includes(name) ? name : `(${name})`));
      return [String(index + 1).padStart(digits), names.join(', ')];
    }),
    '  ',
  );
}
