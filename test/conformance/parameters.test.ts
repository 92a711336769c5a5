import { describeProviders } from './harness/describe-providers.js';
import { parameterBehaviours } from './parameters.behaviours.js';
import { controllers } from './parameters.controllers.js';

describeProviders('parameters', { controllers }, parameterBehaviours);
