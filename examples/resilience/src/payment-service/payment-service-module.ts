import { defineModule, type ContainerModule } from 'bowline';
import { ChargeController } from './charge-controller.js';
import { FaultInterceptor } from './fault-interceptor.js';
import { Faults } from './faults.js';
import { Ledger } from './ledger.js';
import { RateController } from './rate-controller.js';

export function paymentServiceModule(faults: Faults, ledger: Ledger): ContainerModule {
  return defineModule({
    name: 'paymentServiceModule',
    controllers: [ChargeController, RateController],
    services: [FaultInterceptor],
    bind: ({ bind }) => {
      bind(Faults).toConstantValue(faults);
      bind(Ledger).toConstantValue(ledger);
    },
  });
}
