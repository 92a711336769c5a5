import { Controller, Get, Returns } from 'bowline';

class User {
  name!: string;
}

class Invoice {
  number!: number;
}

@Controller()
export class Users {
  @Get() @Returns(User) one(): User {
    return new User();
  }

  @Get() @Returns(User) async later(): Promise<User | undefined> {
    return undefined;
  }

  @Get() @Returns([User]) list(): User[] {
    return [];
  }

  @Get() @Returns(User) @Returns(Invoice, { status: 409 }) either(): User {
    return new User();
  }

  @Get() @Returns(User) byHand(): Response {
    return new Response();
  }

  // @ts-expect-error -- another class
  @Get() @Returns(Invoice) wrong(): User {
    return new User();
  }

  // @ts-expect-error -- a list
  @Get() @Returns(User) wrongList(): User[] {
    return [];
  }

  // @ts-expect-error -- none
  @Get() @Returns([User]) noList(): User {
    return new User();
  }
}
