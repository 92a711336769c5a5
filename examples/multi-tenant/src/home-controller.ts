import { Controller, Get, Header } from 'bowline';

@Controller()
export class HomeController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return page;
  }
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tenants, served by Bowline</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733 }
  pre { background: #f1f4f7; padding: .8rem 1rem; overflow-x: auto; border-radius: 6px }
</style>
<h1>Two tenants</h1>
<p>north and south have a database each, and share four connections.</p>
<pre>curl -i localhost:8080/stock/deliveries -H x-tenant:north -H content-type:application/json \\
  -d '{"lines":[{"sku":"rope","quantity":5}]}'
curl -i localhost:8080/orders -H x-tenant:north -H content-type:application/json -d '{"sku":"rope","quantity":2}'
curl -i localhost:8080/orders -H x-tenant:north -H content-type:application/json -d '{"sku":"rope","quantity":9}'
curl -i localhost:8080/orders -H x-tenant:north
curl -i localhost:8080/orders -H x-tenant:south
curl -i localhost:8080/pool</pre>
<p>The second order is a 409, and nothing of it is left. The last line shows that every connection came back.</p>
</html>
`;
