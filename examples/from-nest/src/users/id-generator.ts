import { token } from 'bowline';

export type IdGenerator = () => string;

export const IdGenerator = token<IdGenerator>('IdGenerator');
