import { metadataKey, type MetadataKey } from '../foundation/index.js';
import type {
  HttpContext,
  HttpMethod,
  ParameterSource,
  UploadedFileOptions,
  UploadedFilesOptions,
} from '../http/index.js';
import type { EnumLike, ValueType } from '../validation/index.js';

/** What `@Controller` says of a class. */
export interface ControllerMetadata {
  readonly paths: readonly string[];
  readonly versions: readonly string[] | undefined;
  readonly server: string | undefined;
}

/** How one named value of a path, query, header or cookie is read. */
export interface ParameterOptions {
  /** What the text becomes. @default the declared type of the parameter */
  readonly type?: ValueType;
  /** Only these values pass; others are a 400 that lists them. */
  readonly enum?: EnumLike;
  /** Takes every value of a repeated name; one value is a list of one. @default false */
  readonly array?: boolean;
  /** A missing value is a 400. @default false */
  readonly required?: boolean;
  /** Stands for a missing value. */
  readonly default?: unknown;
  /** Makes of the value, or of the text where no `type` is told and the parameter's is none, what the handler gets; several work one after the other. */
  readonly pipe?: unknown;
}

/** How a body is read. */
export interface BodyOptions {
  /** `false` hands over what was parsed, unchecked. @default true */
  readonly validate?: boolean;
  /** Makes of the body, validated, what the handler gets; several work one after the other. */
  readonly pipe?: unknown;
}

/** Computes a parameter from the context of the call. */
export type ParameterFactory = (ctx: HttpContext) => unknown;

/** What a decorator of files was told. */
export type FileDecoration =
  | { readonly list: false; readonly options: UploadedFileOptions }
  | { readonly list: true; readonly options: UploadedFilesOptions };

/** One decorator of one parameter. */
export interface ParameterMetadata {
  readonly kind: 'parameter';
  readonly property: string;
  readonly index: number;
  /** As the user wrote it: `@Query`. */
  readonly decorator: string;
  readonly source: ParameterSource;
  readonly name: string | undefined;
  /** A class, a list of one class, or a Standard Schema, where one was given for the whole of the source. */
  readonly schema: unknown;
  readonly options: ParameterOptions;
  /** `false` where the value must not be validated. */
  readonly validate: boolean;
  /** Where `@Res` leaves the answer to Bowline all the same. */
  readonly passthrough: boolean;
  readonly factory: ParameterFactory | undefined;
  /** Where the parameter is a file or a list of files. */
  readonly file: FileDecoration | undefined;
}

/** What `@Returns` says of one method. */
export interface ReturnsMetadata {
  readonly kind: 'returns';
  readonly property: string;
  /** A class, a list of one class, or a Standard Schema. */
  readonly returned: unknown;
  /** The status that it is the answer for; undefined for all that have none of their own. */
  readonly status: number | undefined;
  readonly groups: readonly string[];
}

/** What one decorator says of one method. */
export type MethodMetadata =
  | {
      readonly kind: 'route';
      readonly property: string;
      readonly method: HttpMethod | 'ALL';
      readonly paths: readonly string[];
    }
  | { readonly kind: 'status'; readonly property: string; readonly status: number }
  | { readonly kind: 'header'; readonly property: string; readonly name: string; readonly value: string }
  | { readonly kind: 'redirect'; readonly property: string; readonly location: string; readonly status: number }
  | { readonly kind: 'deadline'; readonly property: string; readonly milliseconds: number }
  | { readonly kind: 'version'; readonly property: string; readonly versions: readonly string[] }
  | ReturnsMetadata
  | ParameterMetadata;

/** What `@Deadline` says of a whole controller. Milliseconds. */
export const controllerDeadlineKey: MetadataKey<number> = metadataKey('controller deadline');
export const controllerKey: MetadataKey<ControllerMetadata> = metadataKey('controller');
export const methodKey: MetadataKey<MethodMetadata> = metadataKey('method');
