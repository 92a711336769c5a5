import { Controller, Ctx, Get, Header, HttpContext } from 'bowline';

@Controller()
export class HomeController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  page(@Ctx() ctx: HttpContext): string {
    return pageOf(ctx.host);
  }
}

/** As the browser has asked for it, whatever the port is. Of the characters that a Host may have none means anything to HTML or a shell. */
function pageOf(host: string): string {
  const address = /^[\w.:[\]-]+$/.test(host) ? host : 'localhost';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Orders, served by Bowline</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733 }
  pre { background: #f1f4f7; padding: .8rem 1rem; overflow-x: auto; border-radius: 6px }
  a { color: #0b63b0 }
</style>
<h1>Orders</h1>
<p>A small service: orders, customers and a payment client that stands in for a real one. Things to try:</p>
<ul>
  <li><a href="/orders">/orders</a>, <a href="/orders?status=pending&amp;limit=1">/orders?status=pending&amp;limit=1</a>, <a href="/orders/1">/orders/1</a>, <a href="/customers">/customers</a></li>
  <li>mistakes, and how they are answered: <a href="/orders/abc">/orders/abc</a>, <a href="/orders/99">/orders/99</a>, <a href="/orders?limit=many">/orders?limit=many</a>, <a href="/nowhere">/nowhere</a></li>
</ul>
<p>Place an order:</p>
<pre>curl -i ${address}/orders -H 'content-type: application/json' \\
  -d '{"customerId":1,"lines":[{"sku":"rope-10m","quantity":1,"unitPrice":1950}]}'</pre>
<p>Pay it, and then pay it again, which is a conflict:</p>
<pre>curl -i -X POST ${address}/orders/2/pay</pre>
<p>The same service on another framework, or with its orders in a file:</p>
<pre>PROVIDER=fastify PORT=8081 npm start
STORE=sqlite npm start</pre>
<p>Stop it with Ctrl-C: a request in flight is finished first.</p>
</html>
`;
}
