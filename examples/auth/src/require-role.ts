import { guard } from 'bowline';
import { CurrentUser } from './current-user.js';
import { Roles, type Role } from './roles.js';

/** A guard with an option and a service: `@UseGuards(requireRole('admin'))`. Who lacks the role gets a 403. */
export const requireRole = guard([Roles], (roles) => (role: Role) => (ctx) => roles.has(ctx.read(CurrentUser), role));
