import { metadataKey, type ClassType, type MetadataKey } from '../foundation/index.js';
import type { StageKind } from '../http/index.js';

/** What one `@Use…` says, of a class or of one of its methods. */
export interface StageMetadata {
  readonly kind: StageKind;
  /** As the user wrote it: `@UseGuards`. */
  readonly decorator: string;
  /** The method that it stands on; undefined for all of the class. */
  readonly property: string | undefined;
  /** Classes, instances, functions and configured stages, as they were given. */
  readonly uses: readonly unknown[];
}

export const stageKey: MetadataKey<StageMetadata> = metadataKey('stage');

/** What `@Catch` names: the types of errors; none of them for all. */
export const catchKey: MetadataKey<{ readonly types: readonly ClassType[] }> = metadataKey('catch');

/** The place of a global stage among its like, as `@Order` says. */
export const orderKey: MetadataKey<{ readonly order: number }> = metadataKey('order');

/** The transport without which a stage can do nothing, as `@HttpOnly` says. */
export const transportKey: MetadataKey<{ readonly transport: string }> = metadataKey('transport');
