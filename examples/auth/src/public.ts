import { Reflector } from 'bowline';

/** The key to what {@link Public} writes; the guard reads it. */
export const isPublic = Reflector.createDecorator<boolean>();

/** Lets everybody in: said where the route is, on a method or on a whole controller. */
export const Public = (): ClassDecorator & MethodDecorator => isPublic(true);
