/**
 * Documents that are meant to do something to whoever looks at them. Every text that they may have holds all of
 * `attacks`; what comes to run sets `window.pwned`, what comes to load asks `canary`.
 */
export function hostileDocument(canary: string, version = '3.1.0'): object {
  const attack = attacksOn(canary).join(' ')
  const link = `javascript:window.pwned='link'`
  const parameter = {
    name: `id${attack}`,
    in: 'query',
    description: attack,
    schema: { type: 'string', enum: [attack], default: attack },
    example: attack,
  }
  const operation = {
    tags: [`tag ${attack}`],
    summary: attack,
    description: attack,
    operationId: `op ${attack}`,
    externalDocs: { url: link, description: attack },
    parameters: [parameter],
    requestBody: {
      description: attack,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Evil' } } },
    },
    responses: {
      200: {
        description: attack,
        content: {
          'application/json': {
            schema: { $ref: `${canary}/outside-response.json` },
            examples: { [attack]: { summary: attack, value: { html: attack } } },
          },
          'text/html': { example: attack },
        },
      },
    },
    'x-evil': attack,
  }
  const schema = {
    title: attack,
    type: 'object',
    description: attack,
    properties: {
      [attack]: { type: 'string', description: attack, pattern: attack, enum: [attack] },
      outside: { $ref: `${canary}/outside-schema.json` },
    },
    externalDocs: { url: `data:text/html,${attack}`, description: attack },
    example: { html: attack },
    'x-evil': attack,
  }
  const common = {
    info: {
      title: `Evil ${attack}`,
      version: `1 ${attack}`.slice(0, 90),
      summary: attack,
      description: attack,
      termsOfService: link,
      contact: { name: attack, url: link, email: `a@example.com?${attack}` },
      license: { name: attack, url: `vbscript:msgbox(1)` },
      'x-logo': { url: `${canary}/logo.png` },
    },
    tags: [{ name: `tag ${attack}`, description: attack, externalDocs: { url: link } }],
    externalDocs: { url: link, description: attack },
    paths: { [`/evil/${attack}`]: { summary: attack, get: operation, post: operation } },
    'x-evil': attack,
  }
  if (version === '2.0') {
    const { requestBody: _, ...rest } = operation
    const old = { ...rest, parameters: [{ name: 'b', in: 'body', description: attack, schema }] }
    return {
      swagger: '2.0',
      host: `evil${attack}`,
      basePath: `/${attack}`,
      schemes: ['javascript'],
      ...common,
      paths: { [`/evil/${attack}`]: { get: old, post: old } },
      definitions: { [`Evil ${attack}`]: schema },
      securityDefinitions: { [attack]: { type: 'basic', description: attack } },
    }
  }
  return {
    openapi: version,
    servers: [
      { url: link, description: attack },
      { url: `${canary}/{v}`, description: attack, variables: { v: { default: attack } } },
    ],
    ...common,
    webhooks: { [attack]: { post: operation } },
    components: {
      schemas: { Evil: schema, [`Evil ${attack}`]: schema },
      securitySchemes: {
        a: {
          type: 'oauth2',
          description: attack,
          flows: { implicit: { authorizationUrl: link, scopes: { [attack]: attack } } },
        },
        b: { type: 'openIdConnect', openIdConnectUrl: `${canary}/openid`, description: attack },
      },
    },
    security: [{ a: [] }, { b: [] }],
  }
}

/** Ways to have something run or load, in HTML, in Markdown, in templates, and out of the block that holds the document. */
export function attacksOn(canary: string): string[] {
  const run = (how: string) => `window.pwned='${how}'`
  return [
    `<script>${run('script')}</script>`,
    `{{constructor.constructor("${run('template')}")()}} \${${run('literal')}} <%= 1 %> #{7*7}`,
    `<img src=x onerror="${run('img')}">`,
    `<img src="${canary}/img.png">`,
    `<svg onload="${run('svg')}"><a xlink:href="javascript:${run('svg link')}"><text>svg</text></a></svg>`,
    `<iframe src="${canary}/frame" srcdoc="<script>${run('frame')}</script>"></iframe>`,
    `<link rel="stylesheet" href="${canary}/style.css"><style>@import "${canary}/import.css"; body { display: none }</style>`,
    `<form action="${canary}/form"><input autofocus onfocus="${run('focus')}"><button>send</button></form>`,
    `<meta http-equiv="refresh" content="0;url=${canary}/refresh"><base href="${canary}/">`,
    `<video src="${canary}/video" autoplay></video><object data="${canary}/object"></object>`,
    `<div style="background:url(${canary}/background)">styled</div>`,
    `[a](javascript:${run('markdown')}) [b](data:text/html,<script>${run('data')}</script>) [c](/api/specs) [d](${canary}/link)`,
    `![x](${canary}/markdown.png) <javascript:${run('autolink')}>`,
    `</script><script>${run('after the block')}</script>`,
    `<!--<script>${run('comment')}//`,
    `</textarea></title></style></noscript></template><b onclick="${run('b')}">b</b>`,
    `" onmouseover="${run('attribute')}" x="`,
    `' autofocus onfocus='${run('attribute 2')}' x='`,
    '\u2028\u2029',
  ]
}

/** The kind of document that most are, with all that a reader expects to see. */
export const benignDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Museum API',
    version: '1.0.0',
    summary: 'Hours and tickets',
    description:
      'Opening hours, **events** and tickets. See [the site](https://museum.example.com/).',
    contact: { name: 'Museum', url: 'https://museum.example.com/', email: 'api@example.com' },
    license: { name: 'MIT', url: 'https://opensource.org/licenses/MIT' },
  },
  servers: [{ url: 'https://museum.example.com/api' }],
  tags: [{ name: 'Events', description: 'What is on' }],
  paths: {
    '/museum-hours': {
      get: {
        operationId: 'getMuseumHours',
        summary: 'Get museum hours',
        responses: {
          200: {
            description: 'The hours',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Hours' } } },
          },
        },
      },
    },
    '/events/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      delete: {
        operationId: 'deleteEvent',
        summary: 'Delete an event',
        tags: ['Events'],
        deprecated: true,
        responses: { 204: { description: 'Gone' } },
      },
    },
  },
  components: {
    schemas: {
      Hours: {
        type: 'object',
        properties: { date: { type: 'string', format: 'date' }, opens: { type: 'string' } },
      },
    },
  },
}
