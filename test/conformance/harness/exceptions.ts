import type { LoadableProvider } from 'bowline';

const none = 'there is no framework between its server and the routes';
const foreign = 'middleware of its world waits for the end of a body that never comes';

/**
 * Providers that cannot be held to some behaviours, by the title under which these are described, each with its reason. The
 * matrix in docs/providers.md is made of it, so there is no other place to excuse one.
 */
export const exceptions: Readonly<Record<string, Partial<Readonly<Record<LoadableProvider, string>>>>> = {
  'requests without a body, whose stream has ended before they are seen': { express: foreign, koa: foreign },
  'native middleware': { node: none },
  'native middleware around files': { node: none },
  'errors of native middleware': { node: none },
  'native handlers of errors': { node: none },
  'uploads behind native middleware': { node: none },
};
