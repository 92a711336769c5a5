import { fastify, type FastifyInstance, type onRequestHookHandler, type preHandlerHookHandler } from 'fastify';
import type { Contestant } from '../contestants.js';
import { key, mark, type RouteSet } from '../workloads.js';
import type { CreateUser } from './create-user.js';
import { greeterFor } from './by-hand.js';
import { portOf } from './port-of.js';

interface User {
  Params: { id: string };
  Querystring: { verbose?: string };
}

const helloSchema = {
  response: { 200: { type: 'object', properties: { hello: { type: 'string' } } } },
};

const userSchema = {
  response: { 200: { type: 'object', properties: { id: { type: 'integer' }, verbose: { type: 'boolean' } } } },
};

const text = (minLength: number, maxLength: number): object => ({ type: 'string', minLength, maxLength });

const signUpSchema = {
  body: {
    type: 'object',
    required: ['name', 'email', 'age', 'subscribed', 'tags', 'address'],
    properties: {
      name: text(1, 50),
      email: { type: 'string', format: 'email' },
      age: { type: 'integer', minimum: 0, maximum: 150 },
      subscribed: { type: 'boolean' },
      tags: { type: 'array', maxItems: 10, items: { type: 'string' } },
      address: {
        type: 'object',
        required: ['street', 'city', 'postcode'],
        properties: { street: text(1, 100), city: text(1, 60), postcode: { type: 'string', pattern: '^\\d{5}$' } },
      },
    },
  },
  response: {
    201: {
      type: 'object',
      properties: { id: { type: 'integer' }, name: { type: 'string' }, city: { type: 'string' } },
    },
  },
};

/** Callbacks that answer at once, and a schema that compiles the answer's serialiser. */
const declare: Readonly<Record<RouteSet, (app: FastifyInstance) => void>> = {
  hello: (app) => {
    app.get('/hello', { schema: helloSchema }, (_request, reply) => {
      reply.send({ hello: 'world' });
    });
  },
  params: (app) => {
    app.get<User>('/users/:id', { schema: userSchema }, (request, reply) => {
      const id = Number(request.params.id);
      if (!Number.isInteger(id)) {
        reply.code(400).send();
        return;
      }
      reply.send({ id, verbose: request.query.verbose === 'true' });
    });
  },
  post: (app) => {
    app.post<{ Body: CreateUser }>('/users', { schema: signUpSchema }, (request, reply) => {
      const { name, address } = request.body;
      reply.code(201).send({ id: 1, name, city: address.city });
    });
  },
  guard: (app) => guarded(app, '/guarded'),
  scope: (app) => guarded(app, '/scoped', true),
};

function guarded(app: FastifyInstance, path: string, isScoped = false): void {
  const guard: onRequestHookHandler = (request, reply, done) => {
    if (request.headers[key.name] === key.value) done();
    else reply.code(403).send();
  };
  const marked: preHandlerHookHandler = (_request, reply, done) => {
    reply.header(mark.name, mark.value);
    done();
  };
  app.get(path, { schema: helloSchema, onRequest: guard, preHandler: marked }, (request, reply) => {
    reply.send(isScoped ? greeterFor(request.headers, reply.raw).hello() : { hello: 'world' });
  });
}

export async function serve({ routes }: Contestant): Promise<number> {
  const app = fastify();
  declare[routes](app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return portOf(app.server);
}
