import { createApplication } from 'bowline';
import { appOptions } from './app-module.js';
import { readSettings } from './settings.js';

const settings = readSettings(process.env);

const app = await createApplication(appOptions(settings));
await app.listen(settings.port);
