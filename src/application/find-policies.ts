import type { LoadedContainer } from '../container/index.js';
import { nameOf, nearestName, type BootReport, type ClassType } from '../foundation/index.js';
import {
  policiesOf,
  policyKey,
  type PipelineDefinitions,
  type PolicedClass,
  type PolicyLayer,
} from '../resilience/index.js';
import { hookMethodsOf } from './find-hooks.js';

/** The classes of a container that have policies, by their decorators. */
export type PolicedClasses = ReadonlyMap<ClassType, PolicedClass>;

/** Finds every class that has policies, of what the container builds; what contradicts itself is reported. */
export function findPolicies(loaded: LoadedContainer, report: BootReport): PolicedClasses {
  const found = new Map<ClassType, PolicedClass>();
  const owners = new Map<string, { readonly type: ClassType; readonly module: string }>();
  for (const { implementation, module } of loaded.bindingsCarrying(policyKey)) {
    if (implementation === undefined || found.has(implementation)) continue;
    const policed = policiesOf(implementation, hookMethodsOf(implementation));
    if (policed === undefined) continue;
    found.set(implementation, policed);
    for (const conflict of policed.conflicts) report.add('BOW_POLICY_AMBIGUOUS', conflict);
    for (const { pipeline, decorator } of policed.own) {
      const owner = owners.get(pipeline);
      if (owner === undefined) owners.set(pipeline, { type: implementation, module: module.name });
      else if (owner.type !== implementation) {
        const modules = [owner.module, module.name];
        report.add('BOW_POLICY_NAMELESS', { type: nameOf(implementation), modules, pipeline, decorator });
      }
    }
  }
  return found;
}

/** All that is said of each pipeline: by decorators, by options of the application, and by a bound source. */
export function layersOf(
  classes: PolicedClasses,
  policies: PipelineDefinitions,
  source: PipelineDefinitions,
): ReadonlyMap<string, readonly PolicyLayer[]> {
  const layers = new Map<string, PolicyLayer[]>();
  const add = (name: string, layer: PolicyLayer): void => {
    layers.set(name, [...(layers.get(name) ?? []), layer]);
  };
  for (const policed of classes.values()) for (const { pipeline, ...layer } of policed.layers) add(pipeline, layer);
  for (const [name, definition] of Object.entries(policies)) {
    add(name, { origin: 'policies', place: 'policies of createApplication', definition });
  }
  for (const [name, definition] of Object.entries(source))
    add(name, { origin: 'source', place: 'PolicySource', definition });
  return layers;
}

/** A pipeline that is named and that nobody defines. */
export function reportUnknown(classes: PolicedClasses, known: Iterable<string>, report: BootReport): void {
  const defined = [...new Set(known)].toSorted();
  for (const { methods } of classes.values()) {
    for (const { type, method, pipelines } of methods) {
      for (const name of pipelines.filter((each) => !defined.includes(each))) {
        const where = `${nameOf(type)}.${method}`;
        report.add('BOW_POLICY_UNKNOWN', { where, name, nearest: nearestName(name, defined), known: defined });
      }
    }
  }
}
