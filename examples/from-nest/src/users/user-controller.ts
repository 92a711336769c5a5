import {
  Body,
  Controller,
  DefaultValuePipe,
  Delete,
  Get,
  HttpCode,
  NotFoundError,
  Param,
  ParseIntPipe,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
} from 'bowline';
import { Role, Roles } from '../auth/roles.js';
import { CreateUser, UpdateUser } from './create-user.js';
import type { User } from './user.js';
import { UserService } from './user-service.js';

/** Without the password. */
const view = ({ id, name, email, role }: User) => ({ id, name, email, role });

@Controller('users')
export class UserController {
  constructor(private readonly users: UserService) {}

  @Get()
  list(
    @Query('page', new DefaultValuePipe(1), ParseIntPipe) page: number,
    @Query('limit', new DefaultValuePipe(20), ParseIntPipe) limit: number,
  ) {
    return this.users.list(page, limit).map(view);
  }

  @Get(':id')
  find(@Param('id', ParseUUIDPipe) id: string) {
    return view(found(id, this.users.find(id)));
  }

  @Post()
  @HttpCode(201)
  @Roles([Role.Admin])
  async create(@Body() fields: CreateUser) {
    return view(await this.users.create(fields));
  }

  @Patch(':id')
  @Roles([Role.Admin])
  update(@Param('id', ParseUUIDPipe) id: string, @Body() fields: UpdateUser) {
    return view(found(id, this.users.update(id, fields)));
  }

  @Delete(':id')
  @Roles([Role.Admin])
  remove(@Param('id', ParseUUIDPipe) id: string): void {
    if (!this.users.remove(id)) throw new NotFoundError(`User ${id} not found`);
  }
}

function found(id: string, user: User | undefined): User {
  if (user === undefined) throw new NotFoundError(`User ${id} not found`);
  return user;
}
