import type { ResolvedMultipartLimits } from '../../http/index.js';
import type { ServerExplanation } from './explain-servers.js';
import { stageRow } from './route-text.js';
import { aligned, inBytes, inTime } from './text-layout.js';

/** One server: where it is, what it takes, how long. What was changed has its default beside it in no place but the guide. */
export function serverLines(server: ServerExplanation): readonly string[] {
  const { name, provider, stages } = server;
  return [
    ...aligned([[`${name}`, `${provider} provider, ${placeOf(server)}`]], '  '),
    ...aligned(
      [
        ...factsOf(server),
        ['limits', marked(server, 'limits', limitsOf(server))],
        ['forms', marked(server, 'limits.multipart', formLimitsOf(server.limits.multipart))],
        [
          'time-outs',
          marked(
            server,
            'timeouts',
            Object.entries(server.timeouts).map(([key, value]) => [key, inTime(value)]),
          ),
        ],
        ['stop', `drain ${inTime(server.drainTimeout)}, idle connections ${inTime(server.drainIdleTimeout)}`],
      ],
      '    ',
    ),
    ...(stages.length === 0 ? [] : ['    around what no route answers', ...aligned(stages.map(stageRow), '      ')]),
  ];
}

function placeOf({ url, declared: { port, host, path } }: ServerExplanation): string {
  if (url !== undefined) return `listens on ${url}`;
  if (path !== undefined) return `declared for ${path}`;
  if (port === undefined && host === undefined) return 'does not listen';
  return `declared for ${[...(port === undefined ? [] : [`port ${port}`]), ...(host === undefined ? [] : [host])].join(' of ')}`;
}

/** What is not as it usually is. */
function factsOf(server: ServerExplanation): readonly (readonly string[])[] {
  const {
    deadline,
    dependsOn,
    emptyRequests,
    etag,
    prefix,
    tls,
    trailingSlash,
    trustsProxies,
    versioning,
    whileDraining,
  } = server;
  const facts = [
    ...(prefix === '' || prefix === '/' ? [] : [`prefix ${prefix}`]),
    ...(versioning === undefined ? [] : [`versions by ${versioning.type}`]),
    ...(tls ? ['TLS'] : []),
    ...(trustsProxies ? ['believes proxies'] : []),
    ...(deadline.default === 0 ? [] : [`a deadline of ${inTime(deadline.default)}`]),
    ...(trustsProxies && deadline.header !== false
      ? [`deadlines of callers up to ${inTime(deadline.max)} by ${deadline.header}`]
      : []),
    ...(trailingSlash === 'strict' ? ['a trailing slash counts'] : []),
    ...(emptyRequests === 'fast' ? ['fast empty requests'] : []),
    ...(etag === false ? [] : [`${etag} ETags`]),
    ...(whileDraining === 'refuse' ? ['refuses while it drains'] : []),
    ...(dependsOn.length === 0 ? [] : [`uses ${dependsOn.join(', ')}`]),
  ];
  return facts.length === 0 ? [] : [['options', facts.join(', ')]];
}

type Named = readonly (readonly [name: string, value: string])[];

function limitsOf({ limits: { body, unread, headers, jsonDepth, formFields } }: ServerExplanation): Named {
  return [
    ['body', inBytes(body)],
    ['unread', inBytes(unread)],
    ['headers', inBytes(headers)],
    ['jsonDepth', String(jsonDepth)],
    ['formFields', String(formFields)],
  ];
}

function formLimitsOf(limits: ResolvedMultipartLimits): Named {
  return Object.entries(limits).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [[name, /size$/i.test(name) ? inBytes(value) : String(value)] as const];
  });
}

/** With a star at what is not the default. */
function marked({ changed }: ServerExplanation, where: string, values: readonly (readonly string[])[]): string {
  return values.map(([name, value]) => `${name} ${value}${changed.includes(`${where}.${name}`) ? '*' : ''}`).join(', ');
}
