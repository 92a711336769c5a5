/** Serves the fixture on the provider that is given, and tells its parent where. */
import { Logger, type LoadableProvider } from 'bowline';
import { startApplication } from './application.js';
import { startSocketMonitor } from './socket-monitor.js';

/** What an error looks like that nobody expects; the runner shows it and goes on. */
class ErrorLog extends Logger {
  trace(): void {}
  debug(): void {}
  info(): void {}

  warn(message: string, fields?: object): void {
    console.error(message, fields);
  }

  error(message: string, fields?: object): void {
    console.error(message, fields);
  }

  child(): Logger {
    return this;
  }
}

const app = await startApplication(process.argv[2] as LoadableProvider, new ErrorLog());
const monitor = await startSocketMonitor();
process.send?.({ port: Number(new URL(app.url).port), monitor: monitor.port });
// The parent's end, however it comes.
process.on('disconnect', () => process.exit());
