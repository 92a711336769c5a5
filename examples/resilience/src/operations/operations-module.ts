import { fileURLToPath } from 'node:url';
import { defineModule, StaticFolder, type ContainerModule } from 'bowline';
import { Faults } from '../payment-service/faults.js';
import { Ledger } from '../payment-service/ledger.js';
import { Circuits } from './circuits.js';
import { LiveController } from './live-controller.js';
import { LiveStates } from './live-state.js';
import { Load, loadDuration } from './load.js';
import { OperationsController } from './operations-controller.js';
import { PolicyLog } from './policy-log.js';

const page = fileURLToPath(new URL('../../page', import.meta.url));

export interface OperationsOptions {
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly loadDuration: number;
}

export function operationsModule({ faults, ledger, ...options }: OperationsOptions): ContainerModule {
  return defineModule({
    name: 'operationsModule',
    controllers: [LiveController, OperationsController],
    services: [Circuits, LiveStates, Load, PolicyLog],
    bind: ({ bind }) => {
      bind(Faults).toConstantValue(faults);
      bind(Ledger).toConstantValue(ledger);
      bind(loadDuration).toConstantValue(options.loadDuration);
      bind(StaticFolder).toConstantValue(new StaticFolder('/', page));
    },
  });
}
