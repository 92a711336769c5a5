import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, createApplication, defineModule, Get, Req, Res } from 'bowline';
import { greetingModule } from './greeting.js';

// No provider is bound, so this is plain node:http. A handler that takes @Res answers on Node's own response.
@Controller('/clock')
class ClockController {
  @Get()
  answer(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(`HTTP/${request.httpVersion}`);
  }
}

const clockModule = defineModule({ name: 'clockModule', controllers: [ClockController] });

const app = await createApplication({ modules: [greetingModule, clockModule] });
await app.listen({ port: Number(process.env['PORT'] ?? 8080), host: '127.0.0.1' });
