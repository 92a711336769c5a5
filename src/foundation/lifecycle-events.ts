import { EventSource } from './event-source.js';

/** What an application tells of its life: plain strings and numbers, so that anybody can record them. */
export interface LifecycleEvents {
  /** A server has opened its port. */
  readonly 'server:started': { readonly application: string; readonly server: string; readonly url: string };
  readonly 'request:started': {
    readonly application: string;
    readonly server: string;
    readonly method: string;
    readonly url: string;
  };
  /** `finished` is false where the client left, or was cut off, before the answer was whole. */
  readonly 'request:finished': {
    readonly application: string;
    readonly server: string;
    readonly method: string;
    readonly url: string;
    /** The path of the route, such as `/orders/:id`; undefined where none of ours answered. */
    readonly route: string | undefined;
    readonly status: number;
    readonly finished: boolean;
  };
  /** `server` is undefined where the phase is that of the whole application. */
  readonly 'phase:entered': {
    readonly application: string;
    readonly server: string | undefined;
    readonly phase: string;
    readonly previous: string;
  };
  /** Once a second while an application drains. Times in milliseconds. */
  readonly 'drain:progress': {
    readonly application: string;
    readonly inFlight: number;
    readonly connections: number;
    readonly remaining: number;
  };
  /** A hook or a service threw, or ran out of time. */
  readonly 'hook:failed': {
    readonly application: string;
    readonly hook: string;
    readonly name: string;
    readonly reason: string;
  };
  readonly stopped: {
    readonly application: string;
    readonly reason: string;
    readonly exitCode: number;
    readonly duration: number;
  };
}

export type LifecycleEvent = keyof LifecycleEvents;

const names = [
  'server:started',
  'request:started',
  'request:finished',
  'phase:entered',
  'drain:progress',
  'hook:failed',
  'stopped',
] as const satisfies readonly LifecycleEvent[];

/** The events of one application, each with its name. */
export class LifecycleEventSource extends EventSource<LifecycleEvents> {
  readonly application: string;
  readonly #started = this.line('request:started');
  readonly #finished = this.line('request:finished');

  constructor(application: string, onError: (error: unknown) => void) {
    super(names, '', onError);
    this.application = application;
  }

  /** Whether anybody would hear of a request: it tells of itself only then. */
  get hearsRequests(): boolean {
    return this.#started.isHeard || this.#finished.isHeard;
  }

  emit<N extends LifecycleEvent>(name: N, event: Omit<LifecycleEvents[N], 'application'>): void {
    this.line(name).emit({ application: this.application, ...event } as unknown as LifecycleEvents[N]);
  }
}
