import {
  applyDecorators,
  Body,
  Controller,
  Ctx,
  Deadline,
  Get,
  HttpCode,
  Header,
  Inject,
  Injectable,
  InjectFromBase,
  Ip,
  MultiInject,
  Param,
  Post,
  Query,
  Redirect,
  Res,
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

  it('is @Deadline where no request comes', async () => {
    @Injectable()
    @Deadline(100)
    class OrderService {
      @Deadline(100) find(): void {}
    }
    @Controller('/orders')
    class OrderController {
      // @ts-expect-error -- a field
      @Deadline(100) field = (): void => {};
      @Get() list(): void {}
      @Deadline(100) helper(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController], services: [OrderService] })])).toEqual([
      '@Deadline on OrderController.field belongs on a controller, or on a method that answers requests. [BOW_DECORATOR_MISUSED]',
      ...['OrderService', 'OrderService.find'].map(
        (where) =>
          `@Deadline on ${where} has no effect: requests to a controller have a deadline. Give the service that of its caller, as ctx.deadline or ctx.signal. [BOW_DECORATOR_MISUSED]`,
      ),
      '@Deadline on OrderController.helper has no effect: the method has no route. Put @Get or another verb on it. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Deadline twice, or with what is no time', async () => {
    @Controller('/orders')
    @Deadline(1_000)
    @Deadline(2_000)
    class OrderController {
      @Get('/twice') @Deadline(100) @Deadline(200) twice(): void {}
      @Get('/half') @Deadline(0.5) half(): void {}
      // @ts-expect-error -- without its parentheses
      @Get('/bare') @Deadline bare(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Deadline on OrderController.twice stands there twice; keep one. [BOW_DECORATOR_MISUSED]',
      '@Deadline on OrderController.half has 0.5; it takes a whole number from 0 to 2147483647 (milliseconds). [BOW_DECORATOR_MISUSED]',
      '@Deadline on OrderController.bare is written without its parentheses; write @Deadline(...). [BOW_DECORATOR_MISUSED]',
      '@Deadline on OrderController stands there twice; keep one. [BOW_DECORATOR_MISUSED]',
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

  it('is @HttpCode, @Header or @Redirect with what cannot be sent', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/a') @HttpCode(99) a(): void {}
      // @ts-expect-error -- a text
      @Get('/b') @HttpCode('201') b(): void {}
      @Get('/c') @Header('x y', 'z') c(): void {}
      @Get('/d') @Header('x-name', 'a\nb') d(): void {}
      @Get('/e') @Header('transfer-encoding', 'chunked') e(): void {}
      // @ts-expect-error -- no value
      @Get('/f') @Header('x-name') f(): void {}
      // @ts-expect-error -- no location
      @Get('/g') @Redirect() g(): void {}
      // @ts-expect-error -- no status of a redirection
      @Get('/h') @Redirect('/x', 200) h(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@HttpCode on OrderController.a has 99, which is not a status of an answer; those are the numbers from 200 to 599. [BOW_DECORATOR_MISUSED]',
      "@HttpCode on OrderController.b has '201', which is not a status of an answer; those are the numbers from 200 to 599. [BOW_DECORATOR_MISUSED]",
      '@Header on OrderController.f has undefined; it takes a name and a value, both of them texts. [BOW_DECORATOR_MISUSED]',
      '@Redirect on OrderController.g has undefined in place of a location; name one, also where the handler chooses another. [BOW_DECORATOR_MISUSED]',
      '@Redirect on OrderController.h has 200, which is no status of a redirection; those are 301, 302, 303, 307 and 308. [BOW_DECORATOR_MISUSED]',
      "@Header on OrderController.c cannot be sent: 'x y' is not the name of a header. [BOW_DECORATOR_MISUSED]",
      "@Header on OrderController.d cannot be sent: The header 'x-name' has a value that no header can hold. [BOW_DECORATOR_MISUSED]",
      "@Header on OrderController.e cannot be sent: The header 'transfer-encoding' is for the server to set. [BOW_DECORATOR_MISUSED]",
    ]);
  });

  it('is a version that is no text, or none at all', async () => {
    // @ts-expect-error -- a number
    @Controller({ path: '/orders', version: 1 })
    class OrderController {
      // @ts-expect-error -- a number
      @Get('/a') @Version(1) a(): void {}
      @Get('/b') @Version([]) b(): void {}
      @Get('/c') @Version(['1', '']) c(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "@Version on OrderController.a has the version 1; a version is a text, as in '1'. [BOW_DECORATOR_MISUSED]",
      '@Version on OrderController.b has an empty list of versions, so no request would find it. [BOW_DECORATOR_MISUSED]',
      "@Version on OrderController.c has the version ''; a version is a text, as in '1'. [BOW_DECORATOR_MISUSED]",
      "@Controller on OrderController has the version 1; a version is a text, as in '1'. [BOW_DECORATOR_MISUSED]",
    ]);
  });

  it('is @Controller with a server that is no name', async () => {
    @Controller({ path: '/orders', server: 8 } as object)
    class OrderController {
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Controller on OrderController has the server 8; a server is a name. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @HttpCode, @Redirect or @Version twice', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/a') @HttpCode(201) @HttpCode(202) a(): void {}
      @Get('/b') @Redirect('/x') @Redirect('/y') b(): void {}
      @Get('/c') @Header('x-a', '1') @Header('x-b', '2') c(): void {}
      @Get('/d') @HttpCode(201) d(): void {}
    }
    class SpecialController extends OrderController {
      @Get('/d') @HttpCode(202) override d(): void {}
    }
    Controller('/special')(SpecialController);
    expect(await problemsOf([shop({ controllers: [OrderController, SpecialController] })])).toEqual([
      '@HttpCode on OrderController.a stands there twice; keep one. [BOW_DECORATOR_MISUSED]',
      '@Redirect on OrderController.b stands there twice; keep one. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Controller twice', async () => {
    @Controller('/orders')
    @Controller('/purchases')
    class OrderController {
      @Get() list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Controller on OrderController stands there twice; keep one, which may have several paths. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @InjectFromBase on a class without a base', async () => {
    @InjectFromBase()
    @Injectable()
    class Orders {}
    expect(await problemsOf([shop({ services: [Orders] })])).toEqual([
      '@InjectFromBase on Orders has no effect: the class extends no other. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('is @Ctx with what is no key', async () => {
    const absent = undefined as never;
    @Controller('/orders')
    class OrderController {
      @Get() list(@Ctx(absent) _user: unknown): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "@Ctx on parameter 1 of OrderController.list has undefined in place of a key; make one with contextKey('user'). [BOW_DECORATOR_MISUSED]",
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
      '@Injectable on Orders has no option eager; known: scope, lazy. [BOW_DECORATOR_MISUSED]',
    ]);
  });

  it('says so on a parameter and on a base class, too', async () => {
    class Base {}
    @InjectFromBase({ extendProps: true } as object)
    @Controller('/orders')
    class OrderController extends Base {
      @Get('/a') a(@Res({ passtrough: true } as object) _response: unknown): void {}
      @Get('/b') b(@Res({ passthrough: 'yes' } as object) _response: unknown): void {}
      @Post() create(@Body({ validat: false } as object) _body: Date): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      '@Res on parameter 1 of OrderController.a has no option passtrough; write passthrough. [BOW_DECORATOR_MISUSED]',
      "@Res on parameter 1 of OrderController.b has the passthrough 'yes', which is none of true, false. [BOW_DECORATOR_MISUSED]",
      '@Body on parameter 1 of OrderController.create has no option validat; write validate. [BOW_DECORATOR_MISUSED]',
      '@InjectFromBase on OrderController has no option extendProps; known: extendConstructorArguments, extendProperties. [BOW_DECORATOR_MISUSED]',
      '@Body() of OrderController.create (parameter 1): no body becomes a Date; name a class or a schema, or take a text as string, bytes as Uint8Array and a stream as Readable. [BOW_PARAMETER_INVALID]',
    ]);
  });

  it('never throws while its file is loaded', async () => {
    const nothing = null as never;
    @applyDecorators(nothing)
    @Controller(nothing)
    class OrderController {
      @Get(nothing) @Version(nothing) @HttpCode(nothing) @Header(nothing, nothing) @Redirect(nothing) list(): void {}
      @Get('/a') a(
        @Res(nothing) _response: unknown,
        @Query(nothing, nothing) _query: unknown,
        @Body(nothing) _body: unknown,
        @Ctx(nothing) _ctx: unknown,
      ): void {}
    }
    @InjectFromBase(nothing)
    @Injectable(nothing)
    class Orders {
      constructor(@Inject(nothing) readonly clock: unknown) {}
    }
    const problems = await problemsOf([shop({ services: [OrderController, Orders] })]);
    expect(problems).toContain(
      '@Controller on OrderController has null; it takes a path, a list of paths or options. [BOW_DECORATOR_MISUSED]',
    );
    expect(problems).toContain('@Injectable on Orders has null; it takes options. [BOW_DECORATOR_MISUSED]');
    expect(problems).toContain(
      'applyDecorators on OrderController has null among its decorators, which is none. [BOW_DECORATOR_MISUSED]',
    );
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
