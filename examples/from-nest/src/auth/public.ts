import { Reflector } from 'bowline';

export const Public = Reflector.createDecorator<void>();
