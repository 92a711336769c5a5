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
<title>Uploads, served by Bowline</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733 }
  form { background: #f1f4f7; padding: .8rem 1rem; border-radius: 6px; margin: 1rem 0 }
  pre { background: #f1f4f7; padding: .8rem 1rem; overflow-x: auto; border-radius: 6px }
  input, button { font: inherit; margin: .2rem 0 }
</style>
<h1>Uploads</h1>
<h2>An avatar, on the disk</h2>
<p>A picture by its content: a renamed text is a 415, one of more than 2 MB a 413.</p>
<pre>curl -i -X PUT localhost:8080/users/7/avatar -F avatar=@picture.png
curl -i localhost:8080/users/7/avatar -o /dev/null</pre>
<h2>Photos, in memory</h2>
<form method="post" action="/albums" enctype="multipart/form-data">
  <label>Title <input name="title" required></label>
  <label>Year <input name="year" type="number" value="2026"></label>
  <label>Photos <input name="photos" type="file" accept="image/*" multiple></label>
  <button>Send</button>
</form>
<h2>A recording, hashed while it arrives</h2>
<form method="post" action="/recordings" enctype="multipart/form-data">
  <label>Title <input name="title" required></label>
  <label>Recording <input name="recording" type="file"></label>
  <button>Send</button>
</form>
<p>Fields come in the order in which they stand; one after the recording would come too late.</p>
<p>The same service on another framework:</p>
<pre>PROVIDER=fastify PORT=8081 npm run start:uploads</pre>
<p>Stop it with Ctrl-C: an upload on its way is finished first, and no temporary file is left.</p>
</html>
`;
