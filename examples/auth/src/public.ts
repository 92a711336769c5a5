import { Reflector } from 'bowline';

/** Lets everybody in: said where the route is, on a method or on a whole controller. The guard looks for it. */
export const Public = Reflector.createDecorator<void>();
