import { Reflector } from 'bowline';

export enum Role {
  Clerk = 'clerk',
  Admin = 'admin',
}

/** Which roles may enter; on a method or a controller. */
export const Roles = Reflector.createDecorator<readonly Role[]>();
