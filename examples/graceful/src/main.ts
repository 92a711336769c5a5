import { createApplication, describeReport } from 'bowline';
import { gracefulModule } from './graceful-module.js';
import { readSettings } from './settings.js';

const { ports, lameDuckDelay } = readSettings(process.env);

const app = await createApplication({
  modules: [gracefulModule],
  servers: {
    // Its handlers put messages into the queue, so it is drained before the consumer is.
    partners: { port: ports.partners, dependsOn: ['OrderConsumer'] },
    admin: { port: ports.admin, host: '127.0.0.1' },
  },
  management: { port: ports.management },
  ...(lameDuckDelay === undefined ? {} : { lameDuckDelay }),
});
await app.listen(ports.main);

await app.lifecycle.reached('stopped');
// On a terminal the log ends with this very text.
if (!process.stdout.isTTY) console.log(describeReport(app.report));
