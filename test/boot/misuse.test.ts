import {
  Body,
  Controller,
  Get,
  HttpCode,
  Header,
  Inject,
  Injectable,
  Ip,
  MultiInject,
  Param,
  Post,
  Query,
  Redirect,
  SetMetadata,
  Version,
} from 'bowline';
import { describe, expect, it } from 'vitest';
import { problemsOf, shop } from './boot-fixture.js';

describe('a decorator in the wrong place', () => {
  it('is @Get on a field or a static method', async () => {
    @Controller('/orders')
    class OrderController {
      // @ts-expect-error -- a field
      @Get('/field') field = (): void => {};
      @Get('/static') static still(): void {}
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Get on OrderController.field belongs on a method; write a method in place of a function in a field. [BOW_DECORATOR_MISUSED]',
      '@Get on OrderController.still belongs on a method; a static one has no instance to be called on. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Get on a getter', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/getter') get getter(): string {
        return '';
      }
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Get on OrderController.getter belongs on a method; write a method in place of the accessor. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Get on a class', async () => {
    // @ts-expect-error -- a class
    @Get('/orders')
    @Controller('/orders')
    class OrderController {
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Get on OrderController belongs on a method; this is a class. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Controller or @Injectable on a method', async () => {
    @Controller('/orders')
    class OrderController {
      // @ts-expect-error -- a method
      @Controller('/x') @Injectable() @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Injectable on OrderController.list belongs on a class. [BOW_DECORATOR_MISUSED]',
      '@Controller on OrderController.list belongs on a class. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Body, @Param or @Query on a constructor', async () => {
    @Controller('/orders')
    class OrderController {
      constructor(
        // @ts-expect-error -- a constructor
        @Body() readonly body: unknown,
        // @ts-expect-error -- a constructor
        @Param('id') readonly id: string,
        // @ts-expect-error -- a constructor
        @Ip() readonly ip: string,
      ) {}
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Ip on parameter 3 of the constructor of OrderController belongs on a parameter of a method; a constructor is not called for a request. [BOW_DECORATOR_MISUSED]',
      '@Param on parameter 2 of the constructor of OrderController belongs on a parameter of a method; a constructor is not called for a request. [BOW_DECORATOR_MISUSED]',
      '@Body on parameter 1 of the constructor of OrderController belongs on a parameter of a method; a constructor is not called for a request. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @HttpCode, @Header, @Redirect or @Version on a method without a route', async () => {
    @Controller('/orders')
    class OrderController {
      @Get() list(): void {}
      @HttpCode(201) create(): void {}
      @Header('x-a', 'b') head(): void {}
      @Redirect('/') home(): void {}
      @Version('1') old(): void {}
      find(@Param('id') id: string): string {
        return id;
      }
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@HttpCode on OrderController.create has no effect: the method has no route. Put @Get or another verb on it. [BOW_DECORATOR_MISUSED]',
      '@Header on OrderController.head has no effect: the method has no route. Put @Get or another verb on it. [BOW_DECORATOR_MISUSED]',
      '@Redirect on OrderController.home has no effect: the method has no route. Put @Get or another verb on it. [BOW_DECORATOR_MISUSED]',
      '@Version on OrderController.old has no effect: the method has no route. Put @Get or another verb on it. [BOW_DECORATOR_MISUSED]',
      '@Param on OrderController.find has no effect: the method has no route. Put @Get or another verb on it. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @HttpCode on a class', async () => {
    // @ts-expect-error -- a class
    @HttpCode(201)
    @Controller('/orders')
    class OrderController {
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@HttpCode on OrderController belongs on a method that answers requests. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @HttpCode or @Header with what cannot be sent', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/a') @HttpCode(99) a(): void {}
      @Get('/b') @Header('x y', 'z') b(): void {}
      @Get('/c') @Header('x-name', 'a\nb') c(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@HttpCode on OrderController.a has 99, which is not a status of an answer; those are 200 to 599. [BOW_DECORATOR_MISUSED]',
      '@Header on OrderController.b cannot be sent (Header name must be a valid HTTP token ["x y"]). [BOW_DECORATOR_MISUSED]',
      '@Header on OrderController.c cannot be sent (Invalid character in header content ["x-name"]). [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Inject beside another decorator that says what to inject', async () => {
    @Injectable()
    class Orders {
      constructor(@Inject('a') @MultiInject('b') readonly clock: unknown) {}
    }
    const module = shop({
      services: [Orders],
      bind: ({ bind }) => {
        bind('b').toConstantValue(1);
      },
    });
    expect(await problemsOf([module])).toEqual([
      '@Inject on parameter 1 of the constructor of Orders stands there twice, or beside another one that says what to inject; keep one. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @SetMetadata on a field', async () => {
    @Controller('/orders')
    class OrderController {
      // @ts-expect-error -- a field
      @SetMetadata('roles', []) roles: string[] = [];
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@SetMetadata on OrderController.roles belongs on a class or a method. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Inject on a parameter of a method', async () => {
    @Controller('/orders')
    class OrderController {
      @Get() list(@Inject('clock') clock: unknown): unknown {
        return clock;
      }
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Inject on parameter 1 of OrderController.list belongs on a constructor parameter or a property. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is reported for a base class, too', async () => {
    class Base {
      // @ts-expect-error -- a field
      @Get('/field') field = (): void => {};
    }
    @Controller('/orders')
    class OrderController extends Base {
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Get on Base.field belongs on a method; write a method in place of a function in a field. [BOW_DECORATOR_MISUSED]',
    ]);
  });
});

describe('a decorator with options that it does not have', () => {
  it('names the nearest, or the values that there are', async () => {
    @Controller({ pth: '/orders', scope: 'reqest' } as object)
    class OrderController {
      @Get() list(): void {}
    }
    @Injectable({ scop: 'request', eager: true } as object)
    class Orders {}
    expect(await problemsOf([shop({ controllers: [OrderController], services: [Orders] })])).toEqual([
      '@Controller on OrderController has no option pth; write path. [BOW_DECORATOR_MISUSED]',
      "@Controller on OrderController has the scope 'reqest', which is none of singleton, request, transient. [BOW_DECORATOR_MISUSED]",
      '@Injectable on Orders has no option scop; write scope. [BOW_DECORATOR_MISUSED]',
      '@Injectable on Orders has no option eager; known: scope. [BOW_DECORATOR_MISUSED]',
    ]);
  });
});

describe('a decorator without its parentheses', () => {
  it('is @Get or @Post', async () => {
    @Controller('/orders')
    class OrderController {
      // @ts-expect-error -- no parentheses
      @Get list(): void {}
      // @ts-expect-error -- no parentheses
      @Post create(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Get on OrderController.list is written without its parentheses; write @Get(). [BOW_DECORATOR_MISUSED]',
      '@Post on OrderController.create is written without its parentheses; write @Post(). [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Controller', async () => {
    // @ts-expect-error -- no parentheses
    @Controller
    class OrderController {
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Controller on OrderController is written without its parentheses; write @Controller(). [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Injectable', async () => {
    // @ts-expect-error -- no parentheses
    @Injectable
    class Orders {}
    expect(await problemsOf([shop({ services: [Orders] })])).toEqual([
      '@Injectable on Orders is written without its parentheses; write @Injectable(). [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Body, @Query or @Ip', async () => {
    @Controller('/orders')
    class OrderController {
      // @ts-expect-error -- no parentheses
      @Post() create(@Body _body: unknown, @Query _query: unknown, @Ip _ip: string): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Ip on parameter 3 of OrderController.create is written without its parentheses; write @Ip(). [BOW_DECORATOR_MISUSED]',
      '@Query on parameter 2 of OrderController.create is written without its parentheses; write @Query(). [BOW_DECORATOR_MISUSED]',
      '@Body on parameter 1 of OrderController.create is written without its parentheses; write @Body(). [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @HttpCode', async () => {
    @Controller('/orders')
    class OrderController {
      // @ts-expect-error -- no parentheses
      @HttpCode @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@HttpCode on OrderController.list is written without its parentheses; write @HttpCode(...). [BOW_DECORATOR_MISUSED]',
    ]);
  });
});
