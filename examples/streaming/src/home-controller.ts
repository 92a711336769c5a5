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
<title>Streaming, served by Bowline</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733 }
  pre { background: #f1f4f7; padding: .8rem 1rem; overflow-x: auto; border-radius: 6px }
  a { color: #0b63b0 }
</style>
<h1>Streaming</h1>
<p>The time, by server-sent events: <b id="time"></b></p>
<script>
  new EventSource('/clock').addEventListener('tick', ({ data }) => { document.getElementById('time').textContent = data })
</script>
<p>The same for curl, which ends with Ctrl-C; then see that nobody listens any more:</p>
<pre>curl -N 'localhost:8080/clock?every=200'
curl localhost:8080/clock/listeners</pre>
<p>A table of a million rows in constant memory. While it is read slowly, the rows are read slowly too:</p>
<pre>curl --limit-rate 100k -o /dev/null localhost:8080/readings/export.csv &amp;
curl localhost:8080/readings/read</pre>
<p>A <a href="/archive">download</a> of known length, so that the client can show how far it is:</p>
<pre>curl -o /dev/null 'localhost:8080/archive?bytes=1000000000'</pre>
<p>An upload that comes back while it is still going out, in capitals or compressed. Type, and see each line come back:</p>
<pre>curl -N -T . -X POST localhost:8080/text/capitals
curl -T /etc/services -X POST localhost:8080/text/gzip | gunzip | head</pre>
<p>The answers of another service, here of this one itself (<code>UPSTREAM=http://... </code> for another):</p>
<pre>curl -N localhost:8080/upstream/clock
curl -i localhost:8080/upstream/nowhere</pre>
<p>The same service on another framework:</p>
<pre>PROVIDER=fastify PORT=8081 npm run start:streaming</pre>
</html>
`;
