import type { ErrorCode, ErrorFacts } from '../../src/foundation/index.js';

/** The facts of the example that docs/errors.md shows for each code. */
export const errorExamples: { readonly [C in ErrorCode]: ErrorFacts<C> } = {
  BOW_MODULE_NOT_RECOGNISED: { place: 'modules[1]', got: 'the function ordersModule' },
  BOW_MODULE_FAILED: { module: 'database', reason: 'connect ECONNREFUSED 127.0.0.1:5432' },
  BOW_NOT_A_CLASS: { place: 'services[0] of orders', got: 'undefined' },
  BOW_BINDING_FAILED: { module: 'orders', identifier: 'PaymentClient', reason: 'undefined is not a class' },
  BOW_UNDECORATED_CLASS: { name: 'OrderService', module: 'orders', count: 2 },
  BOW_UNBOUND: {
    identifier: 'Ledger',
    chain: ['OrderController', 'OrderService'],
    mend: 'Add Ledger to the services of a module.',
  },
  BOW_CIRCULAR_DEPENDENCY: { chain: ['Orders', 'Invoices', 'Orders'] },
  BOW_CAPTIVE_DEPENDENCY: {
    singleton: 'Checkout',
    held: 'Basket',
    scope: 'request',
    chain: ['Checkout', 'Prices', 'Basket'],
  },
  BOW_AMBIGUOUS_BINDING: {
    identifier: 'Payments',
    places: ['CardPayments in cards', 'CashPayments in cash'],
    wantedBy: 'CheckoutController -> Checkout',
  },
  BOW_BOUND_TWICE: { identifier: 'Clock', first: 'orders', second: 'stock' },
  BOW_LOST_INJECTIONS: { name: 'Orders', base: 'Repository', lost: ['its constructor parameter'] },
  BOW_CONSTRUCTOR_TYPE_LOST: {
    where: 'constructor parameter 1 (currency) of Orders',
    emitted: 'String',
    mend: 'A plain value has no type to be found by: write @Inject(token), and bind the token with toConstantValue.',
  },
  BOW_NO_METADATA: { name: 'OrderController' },
  BOW_TWO_COPIES: { package: 'bowline', found: 'feedback was defined by another one' },
  BOW_NOT_RESOLVED: { identifier: 'Mailer', reason: 'SMTP_HOST is not set' },
  BOW_NOT_CLOSED: { identifier: 'Pool', timeout: 5_000 },
  BOW_DECORATOR_MISUSED: {
    decorator: '@Get',
    where: 'OrderController.list',
    problem: 'is written without its parentheses; write @Get()',
  },
  BOW_NO_CONTROLLER: { name: 'OrderController', module: 'orders', routes: ['list', 'find'] },
  BOW_NO_ROUTES: { name: 'OrderController' },
  BOW_PATH_INVALID: {
    where: 'OrderController.find',
    path: '/find?id=1',
    reason: "'?' and '#' end a path; query values come by @Query",
  },
  BOW_ROUTE_DUPLICATED: {
    route: 'GET /orders/:order',
    first: 'OrderController.find',
    second: 'ArchiveController.show',
  },
  BOW_FOLDER_INVALID: {
    where: "the static folder at '/assets'",
    folder: '/srv/shop/public',
    problem: 'does not exist',
  },
  BOW_ROUTE_UNREACHABLE: {
    route: 'GET /my%20files',
    where: 'FileController.list',
    reason: 'paths are decoded before they are compared; write the character itself',
  },
  BOW_PARAMETER_TYPE_LOST: {
    where: "@Query('limit') of OrderController.list (parameter 1)",
    emitted: 'Object',
    mend: "A union with undefined or null, an interface, 'import type' and a default alone leave none: write 'x?: string' in place of 'x: string | undefined', 'x: number = 20' in place of 'x = 20', or name the type, as in @Query('limit', Number).",
  },
  BOW_PARAMETER_INVALID: {
    where: "@Query('limit') of OrderController.list (parameter 1)",
    reason: "there is no option 'defualt'; did you mean 'default'?",
  },
  BOW_PARAMETER_NOT_IN_PATH: {
    where: 'OrderController.line',
    name: 'lin',
    path: '/orders/:order/lines/:line',
    known: 'it has :order, :line',
  },
  BOW_DTO_WITHOUT_RULES: {
    where: '@Body() of OrderController.place (parameter 1)',
    name: 'CreateOrder',
    wayOut: 'write @Body({ validate: false })',
  },
  BOW_SERVER_UNKNOWN: {
    where: '@Controller of MetricsController',
    server: 'admn',
    known: ['main', 'admin'],
    nearest: 'admin',
  },
  BOW_PROVIDER_AMBIGUOUS: { server: 'main', providers: ['FastifyProvider in shop', 'KoaProvider in legacy'] },
  BOW_PROVIDER_UNUSED: { provider: 'KoaProvider', module: 'legacy', known: ['main', 'admin'] },
  BOW_CAPABILITY_MISSING: {
    where: "emptyRequests: 'fast' of the server 'main'",
    provider: 'express',
    capability: 'fastEmptyRequests',
  },
  BOW_PACKAGE_MISSING: { package: 'koa', neededBy: 'The koa provider' },
  BOW_NATIVE_INSTANCE: { provider: 'express', reason: 'the function did not return one' },
  BOW_OPTION_UNKNOWN: { option: 'options.servers.main.prot', nearest: 'options.servers.main.port', known: [] },
  BOW_OPTION_INVALID: {
    option: 'options.servers.main.port',
    got: '70000',
    expected: 'a whole number from 0 to 65535',
  },
  BOW_BOOT_FAILED: {
    count: 2,
    problems: [
      'Ledger is not bound, but OrderController needs it. Add Ledger to the services of a module. [BOW_UNBOUND]',
      'There is no option options.drainTimeOut. Did you mean options.drainTimeout? [BOW_OPTION_UNKNOWN]',
    ],
  },
  BOW_LISTEN_FAILED: {
    server: 'main',
    address: 'port 8080',
    reason: 'another process listens there; stop it, or choose another port',
  },
  BOW_WRONG_STATE: {
    call: 'url',
    state: 'started',
    mend: 'Call listen() first; an application that was only started has no address.',
  },
  BOW_NO_CURRENT_CONTEXT: { call: 'currentContext()' },
  BOW_CONTEXT_KEY_MISSING: { key: 'user', id: '4f1c' },
  BOW_BODY_TAKEN: { route: 'AvatarController.upload' },
  BOW_REPLY_INVALID: { route: 'OrderController.find', reason: 'a bigint has no JSON form' },
  BOW_OVERRIDE_UNMATCHED: { identifier: 'PaymentsClient', nearest: 'PaymentClient' },
  BOW_REQUESTS_DROPPED: {
    sent: 5210,
    lost: 7,
    kinds: ['0 refused', '6 reset', '0 empty', '1 truncated', '0 5xx'],
    requests: [
      'reset: POST /orders (back to back) on a connection that had carried 41 before to http://127.0.0.1:40213; sent 0 ms into the stop, lost 2 ms into the stop: ECONNRESET; 118 bytes sent, 0 bytes of the answer came',
      String.raw`truncated: GET /export (streamed answer) on a new connection to http://127.0.0.1:40213; sent 310 ms before the stop began, lost 1 ms into the stop: the server ended the connection; 56 bytes sent, 262234 bytes of the answer came: "HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n10000\r\nid;name\r\n"`,
    ],
    stops: [],
    seed: 42,
  },
};
