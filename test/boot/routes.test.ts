import { All, Controller, Get, Injectable, Param, Post, Version } from 'bowline';
import { describe, expect, it } from 'vitest';
import { problemsOf, shop } from './boot-fixture.js';

describe('a route declared twice', () => {
  it('names both places', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/:id') find(): void {}
    }
    @Controller()
    class ArchiveController {
      @Get('/orders/:order') show(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController, ArchiveController] })])).toEqual([
      'GET /orders/:order is declared by OrderController.find and again by ArchiveController.show. Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]',
    ]);
  });

  it('may be in one controller, and @All is one mistake', async () => {
    @Controller('/orders')
    class OrderController {
      @Get() list(): void {}
      @Get() all(): void {}
      @All('/any') any(): void {}
      @All('/any') every(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      'GET /orders is declared by OrderController.list and again by OrderController.all. Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]',
      'ALL /orders/any is declared by OrderController.any and again by OrderController.every. Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]',
    ]);
  });

  it('is none where versions, servers, methods or trailing slashes tell them apart', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/one') @Version('1') one(): void {}
      @Get('/one') @Version('2') two(): void {}
      @Post('/one') post(): void {}
      @All('/one') rest(): void {}
      @Get('/slash/') slash(): void {}
      @Get('/slash') none(): void {}
    }
    @Controller({ path: '/orders', server: 'admin' })
    class AdminController {
      @Get('/one') one(): void {}
    }
    const main = { versioning: { type: 'header' }, trailingSlash: 'strict' } as const;
    const modules = [shop({ controllers: [OrderController, AdminController] })];
    expect(await problemsOf({ modules, servers: { main, admin: {} } })).toEqual([]);
  });

  it('is the same path with and without a trailing slash unless the server is strict', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/new/') slash(): void {}
      @Get('/new') none(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      'GET /orders/new is declared by OrderController.slash and again by OrderController.none. Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]',
    ]);
  });

  it('is another mistake where regular expressions were to tell the two apart', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/:id(\\d+)') find(): void {}
      @Get('/:name([a-z]+)/') byName(): void {}
      @Get('/:order(\\d+)') again(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "OrderController.byName has the path '/orders/:name([a-z]+)': the router cannot tell its regular expression from that of '/orders/:id(\\d+)' (OrderController.find); tell them apart by a text in the path, or in one handler. [BOW_PATH_INVALID]",
      'GET /orders/:order(\\d+) is declared by OrderController.find and again by OrderController.again. Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]',
    ]);
  });

  it('names the version', async () => {
    @Controller({ path: '/orders', version: '1' })
    class OrderController {
      @Get() list(): void {}
    }
    @Controller({ path: '/orders', version: ['1', '2'] })
    class NewOrderController {
      @Get() list(): void {}
    }
    const servers = { main: { versioning: { type: 'header' } } } as const;
    expect(
      await problemsOf({ modules: [shop({ controllers: [OrderController, NewOrderController] })], servers }),
    ).toEqual([
      'GET /orders (version 1) is declared by OrderController.list and again by NewOrderController.list. Remove one, or give it another path or version. [BOW_ROUTE_DUPLICATED]',
    ]);
  });
});

describe('a path that no request can reach', () => {
  it('is encoded, holds a dot segment or a control character', async () => {
    @Controller('/files')
    class FileController {
      @Get('/my%20files') encoded(): void {}
      @Get('/../secrets') dots(): void {}
      @Get('/a\tb') control(): void {}
    }
    expect(await problemsOf([shop({ controllers: [FileController] })])).toEqual([
      'No request can reach GET /files/my%20files of FileController.encoded: paths are decoded before they are compared; write the character itself. [BOW_ROUTE_UNREACHABLE]',
      'No request can reach GET /files/../secrets of FileController.dots: clients resolve dot segments before they send a path. [BOW_ROUTE_UNREACHABLE]',
      'No request can reach GET /files/a	b of FileController.control: a path cannot hold control characters. [BOW_ROUTE_UNREACHABLE]',
    ]);
  });

  it('has a version on a server without versioning', async () => {
    @Controller('/orders')
    class OrderController {
      @Get() @Version('2') list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "No request can reach version 2 of OrderController.list: the server 'main' has no versioning; give it one, as in versioning: { type: 'uri' }. [BOW_ROUTE_UNREACHABLE]",
    ]);
  });

  it('is one mistake where the controller names the version of all its routes', async () => {
    @Controller({ path: '/orders', version: '1' })
    class OrderController {
      @Get() list(): void {}
      @Get('/:id') find(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "No request can reach version 1 of OrderController: the server 'main' has no versioning; give it one, as in versioning: { type: 'uri' }. [BOW_ROUTE_UNREACHABLE]",
    ]);
  });

  it('is none of those that the router tells apart by what is more exact', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/:id(^\\d+$)/lines') lines(): void {}
      @Get('/:a-:b') pair(): void {}
      @Get('/*') rest(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([]);
  });
});

describe('a path that is none', () => {
  it('is named with what is wrong', async () => {
    @Controller('/orders')
    class OrderController {
      @Get('/find?id=1') query(): void {}
      @Get('/*/lines') wildcard(): void {}
      @Get('/:id(\\d+') open(): void {}
      @Get('/:id/lines/:id') twice(): void {}
      @Get('/:/lines') nameless(): void {}
      @Get('/:id([z-a])') pattern(): void {}
      @Get(7 as unknown as string) number(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "OrderController.query has the path '/find?id=1': '?' and '#' end a path; query values come by @Query. [BOW_PATH_INVALID]",
      "OrderController.wildcard has the path '/*/lines': a wildcard '*' has to be the last character. [BOW_PATH_INVALID]",
      "OrderController.open has the path '/:id(\\d+': its parentheses do not match. [BOW_PATH_INVALID]",
      "OrderController.twice has the path '/:id/lines/:id': the parameter ':id' is there twice. [BOW_PATH_INVALID]",
      "OrderController.nameless has the path '/:/lines': a ':' needs a name behind it; write '::' for the character itself. [BOW_PATH_INVALID]",
      "OrderController.pattern has the path '/:id([z-a])': the router refuses it (Invalid regular expression: /([z-a])/: Range out of order in character class). [BOW_PATH_INVALID]",
      "OrderController.number has the path '7': a path is a string, not number. [BOW_PATH_INVALID]",
    ]);
  });

  it('may be the prefix of a server or a module', async () => {
    @Controller('/orders')
    class OrderController {
      @Get() list(): void {}
    }
    const modules = [shop({ prefix: '/v1?', controllers: [OrderController] })];
    expect(await problemsOf({ modules, servers: { main: { prefix: '/a*b' } } })).toEqual([
      "The server 'main' has the path '/a*b': a wildcard '*' has to be the last character. [BOW_PATH_INVALID]",
      "shop has the path '/v1?': '?' and '#' end a path; query values come by @Query. [BOW_PATH_INVALID]",
    ]);
  });

  it('may be no path at all', async () => {
    @Controller({ path: [] })
    class EmptyController {
      @Get() list(): void {}
    }
    @Controller('/orders')
    class OrderController {
      @Get([]) list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [EmptyController, OrderController] })])).toEqual([
      "@Controller of EmptyController has the path '': its list of paths is empty. [BOW_PATH_INVALID]",
      "OrderController.list has the path '': its list of paths is empty. [BOW_PATH_INVALID]",
    ]);
  });

  it('is reported once where the path of the controller is at fault', async () => {
    @Controller('/orders?')
    class OrderController {
      @Get() list(): void {}
      @Get('/:id') find(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "@Controller of OrderController has the path '/orders?': '?' and '#' end a path; query values come by @Query. [BOW_PATH_INVALID]",
    ]);
  });
});

describe('a parameter that the path lacks', () => {
  it('is named with those that it has', async () => {
    @Controller('/orders/:order')
    class OrderController {
      @Get('/lines/:line') find(@Param('lin') line: string): string {
        return line;
      }
      @Get('/files/*') file(@Param('order') order: string, @Param('*') rest: string): string {
        return order + rest;
      }
    }
    @Controller('/customers')
    class CustomerController {
      @Get() list(@Param('id') id: number): number {
        return id;
      }
    }
    expect(await problemsOf([shop({ controllers: [OrderController, CustomerController] })])).toEqual([
      "OrderController.find asks for ':lin', which the path '/orders/:order/lines/:line' does not have (it has :order, :line). [BOW_PARAMETER_NOT_IN_PATH]",
      "CustomerController.list asks for ':id', which the path '/customers' does not have (it has no parameters). [BOW_PARAMETER_NOT_IN_PATH]",
    ]);
  });

  it('is reported once for a method under several paths', async () => {
    @Controller(['/orders', '/purchases'])
    class OrderController {
      @Get(['/a', '/b']) list(@Param('id') id: number): number {
        return id;
      }
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "OrderController.list asks for ':id', which the path '/orders/a' does not have (it has no parameters). [BOW_PARAMETER_NOT_IN_PATH]",
    ]);
  });
});

describe('a controller', () => {
  it('without a route is no use', async () => {
    @Controller('/orders')
    class OrderController {
      list(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      'OrderController is a @Controller without one route. Give it a method with @Get or another verb, or remove it from its module. [BOW_NO_ROUTES]',
    ]);
  });

  it('is more than a class with routes', async () => {
    @Injectable()
    class OrderController {
      @Get() list(): void {}
      @Get('/:id') find(): void {}
    }
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([
      "OrderController has routes (list, find) but no @Controller, so nothing would serve them. Put @Controller('/path') on it. [BOW_NO_CONTROLLER]",
    ]);
    expect(await problemsOf([shop({ services: [OrderController] })])).toEqual([
      "OrderController has routes (list, find) but no @Controller, so nothing would serve them. Put @Controller('/path') on it. [BOW_NO_CONTROLLER]",
    ]);
  });

  it('may be a base class that is not bound itself', async () => {
    class Readable {
      @Get('/:id') find(@Param('id') id: number): number {
        return id;
      }
    }
    @Controller('/orders')
    class OrderController extends Readable {}
    expect(await problemsOf([shop({ controllers: [OrderController] })])).toEqual([]);
  });

  it('listed among the controllers has to be decorated', async () => {
    @Injectable()
    class OrderService {}
    expect(await problemsOf([shop({ controllers: [OrderService] })])).toEqual([
      "OrderService is among the controllers of shop, but is no @Controller. Put @Controller('/path') on it, or list it among the services. [BOW_NO_CONTROLLER]",
    ]);
  });
});
