/** One contestant in a process of its own: says its port, and ends with the process that started it. */
import type { Contestant } from './contestants.js';
import { serveContestant } from './serve-contestant.js';

process.on('disconnect', () => process.exit());
process.send?.(await serveContestant(JSON.parse(process.argv[2] ?? '') as Contestant));
