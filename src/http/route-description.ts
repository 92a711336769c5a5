import type { CallTarget } from '../foundation/index.js';
import type { BodyKind } from './body/body-kind.js';
import type { FileTarget } from './files/file-rules.js';
import type { HttpMethod } from './http-method.js';
import type { StageDescription } from './stage-description.js';

/** Where the value of a handler's parameter comes from. */
export type ParameterSource =
  | 'param'
  | 'query'
  | 'header'
  | 'cookie'
  | 'body'
  | 'file'
  | 'ip'
  | 'context'
  | 'request'
  | 'response'
  | 'signal'
  | 'custom';

/** One parameter of a handler, as explain, OpenAPI and tests read it. */
export interface ParameterDescription {
  readonly index: number;
  readonly source: ParameterSource;
  /** Its name in the path, query, headers or cookies; undefined where the whole of the source is meant. */
  readonly name?: string;
  /** `string`, `number`, `boolean`, `bigint`, `Date`, or the name of a class. */
  readonly type?: string;
  readonly array?: boolean;
  readonly enum?: readonly (string | number)[];
  readonly required: boolean;
  readonly default?: unknown;
  /** What is done with it before any pipe sees it: its text becomes the type, or a class or schema checks it. Undefined where it comes as it is. */
  readonly conversion?: 'text' | 'class' | 'schema';
  /** How it is validated, as far as that is not the default. */
  readonly validation?: ValidationDescription;
  /** Why each of its values goes to class-validator, as a clause. Undefined where code that was compiled builds the valid ones. */
  readonly notCompiled?: string;
  /** The names of the pipes that work on it, in the order in which they do; their descriptions are among the stages of the route. */
  readonly pipes?: readonly string[];
  /** What the file may be, where it is one. */
  readonly file?: FileDescription;
}

/** How a class with rules, or a schema, is asked. */
export interface ValidationDescription {
  /** What becomes of properties that no rule names. */
  readonly unknown?: 'strip' | 'refuse' | 'keep';
  /** The groups of which the rules are asked. */
  readonly groups?: readonly string[];
  readonly stopAtFirstError?: boolean;
  /** The status of a refusal. */
  readonly status?: number;
  /** How large a value may be. */
  readonly limits?: { readonly items?: number; readonly properties?: number; readonly depth?: number };
}

/** What is taken for a file. */
export interface FileDescription {
  readonly to: FileTarget;
  /** Bytes. */
  readonly maxSize: number;
  readonly maxCount: number;
  /** Types such as `image/*`; every one where the list is empty. */
  readonly types: readonly string[];
}

/** What one answer of a handler is. */
export interface ResponseDescription {
  /** Undefined for every status that no other one names. */
  readonly status?: number;
  /** The name of a class; undefined for a schema. */
  readonly type?: string;
  readonly array?: boolean;
  /** The groups of `@Expose` that are sent. */
  readonly groups?: readonly string[];
}

/** Everything public about a route. Serialisable. */
export interface RouteDescription {
  readonly server: string;
  readonly method: HttpMethod;
  /** The whole path with prefix and version, in the syntax of decorators. */
  readonly path: string;
  readonly version?: string;
  readonly controller: string;
  /** The module that binds the controller. */
  readonly module: string;
  /** How long an instance of the controller lives. */
  readonly scope: 'singleton' | 'request' | 'transient';
  readonly handler: string;
  readonly parameters: readonly ParameterDescription[];
  /** The kinds of body that the handler takes; undefined where it reads none. */
  readonly body?: readonly BodyKind[];
  /** The status of a successful answer where one was set. */
  readonly status?: number;
  /** What the answers are, as `@Returns` says: by status, undefined for all others. */
  readonly responses?: readonly ResponseDescription[];
  /** How long the handler may take to answer. Milliseconds; 0 is for ever. */
  readonly timeout: number;
  /**
   * How long a request may take from the arrival of its head until its answer begins, its body included; a caller that is
   * believed may say less. Milliseconds; undefined where nobody but such a caller says anything.
   */
  readonly deadline?: number;
  /** Why its context is kept as the current one: the way to what reads it. Undefined where it is not. */
  readonly currentContext?: string;
  /**
   * All that stands around the handler, in the order in which a call passes it; filters last, in the order in which they are asked.
   * Pipes of all parameters stand before those of one: the parameters are read one after the other, each by all of its pipes.
   */
  readonly stages: readonly StageDescription[];
  /**
   * What is made for each request before the last guard has let it pass, by name: middleware and guards that are not shared, and what these
   * need. Undefined where that is nothing, and where there is no guard.
   */
  readonly builtBeforeGuard?: readonly string[];
  /** Whether the handler answers on the native response itself. */
  readonly answersItself: boolean;
}

/** A route as its context knows it. */
export interface DescribedRoute {
  readonly description: RouteDescription;
  readonly target: CallTarget;
}
