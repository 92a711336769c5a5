/** A process that answers every GET with a small JSON, and says on which port it does so. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = Buffer.from(JSON.stringify({ sku: 'rope', count: 12, price: { amount: 1_250, currency: 'EUR' } }));
const headers = { 'content-type': 'application/json', 'content-length': body.length };

const server = createServer((_request, response) => void response.writeHead(200, headers).end(body));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit());
