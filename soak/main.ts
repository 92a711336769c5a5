/** `npm run soak -- wire` and others: long runs that look for what no single test finds. */
import { readOptions, usage, UsageError, type SoakOptions } from './options.js';
import { soakScope } from './scope/soak-scope.js';
import { soakStop } from './stop/soak-stop.js';
import { soakTransfer } from './transfer/soak-transfer.js';
import { soakValidation } from './validation/soak-validation.js';
import { soakWire } from './wire/soak-wire.js';

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(usage);
  else if (!(await run(options))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}.\n\n${usage}`);
  process.exitCode = 2;
}

function run(options: SoakOptions): Promise<boolean> {
  switch (options.soak) {
    case 'wire':
      return soakWire(options);
    case 'scope':
      return soakScope(options);
    case 'stop':
      return soakStop(options);
    case 'validation':
      return soakValidation(options);
    case 'transfer':
      return soakTransfer(options);
  }
}
