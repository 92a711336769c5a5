/** An instance of a service, in this process or in another. */
export type RunningInstance = StoppableInstance | ClosableInstance;

interface Reachable {
  /** Where it listens: `http://127.0.0.1:3000`, or https. Read once. */
  readonly url: string;
}

/** Whatever can be told to stop: a child process is sent its signal, and awaited. */
export interface StoppableInstance extends Reachable {
  /** Begins the stop; resolves when the instance is gone. */
  stop(): Promise<unknown>;
  /** Whether a balancer may send it new connections. Asked every 20 ms. @default until it refuses one */
  ready?(): boolean | Promise<boolean>;
  /** The same, by a GET of this URL that is answered with 2xx. */
  readonly readyUrl?: string;
}

/** An `Application`, a `TestApplication` or anything of their shape. */
export interface ClosableInstance extends Reachable {
  close(): Promise<unknown>;
}

/** Begins the stop of either kind; throws or rejects as that does. */
export function stopOf(instance: RunningInstance): Promise<unknown> {
  return 'stop' in instance ? instance.stop() : instance.close();
}
