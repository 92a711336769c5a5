import { Controller, Ctx, Get, Header } from 'bowline';
import { CurrentUser, type User } from './current-user.js';
import { Public } from './public.js';

@Controller()
export class HomeController {
  @Get()
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  page(): string {
    return page;
  }

  @Get('/me')
  me(@Ctx(CurrentUser) user: User): User {
    return user;
  }
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Notes behind a guard, served by Bowline</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1c2733 }
  pre { background: #f1f4f7; padding: .8rem 1rem; overflow-x: auto; border-radius: 6px }
</style>
<h1>Notes behind a guard</h1>
<p>This page and the login are public; everything else takes a token.</p>
<pre>curl -i localhost:8080/notes
TOKEN=$(curl -s localhost:8080/login -H content-type:application/json \\
  -d '{"name":"bob","password":"sheet bend"}' | sed 's/.*"access_token":"\\([^"]*\\).*/\\1/')
curl -i localhost:8080/notes -H "authorization: Bearer $TOKEN" -H content-type:application/json -d '{"text":"Buy rope"}'
curl -i localhost:8080/notes -H "authorization: Bearer $TOKEN"
curl -i localhost:8080/admin/notes -H "authorization: Bearer $TOKEN"</pre>
<p>The last one is a 403: bob is no admin. ada is, with the password <code>bowline on a bight</code>.</p>
</html>
`;
