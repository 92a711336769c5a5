/** `node --import bowline/register src/main.ts` runs TypeScript with decorators and their metadata as it is. */
import { register } from '../tools/register/index.js';

await register();
