/** Of these the benchmark makes as many as it asks for. */
import { account } from './account.js';

export const accounts = [account];
