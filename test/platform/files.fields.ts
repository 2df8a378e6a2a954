/** What the file of a platform may hold: from the vendors' descriptions, as of November 2026. */
export type Field =
  | { kind: 'text' | 'number' | 'flag' }
  | { kind: 'one'; of: readonly unknown[] }
  | { kind: 'list'; of: Field }
  | {
      kind: 'object'
      fields: Record<string, Field>
      needs?: readonly string[]
      /** Exactly one of these is there. */
      one?: readonly string[]
    }

const text: Field = { kind: 'text' }
const number: Field = { kind: 'number' }
const flag: Field = { kind: 'flag' }
const one = (...of: unknown[]): Field => ({ kind: 'one', of })
const list = (of: Field): Field => ({ kind: 'list', of })
const object = (
  fields: Record<string, Field>,
  more: { needs?: string[]; one?: string[] } = {},
): Field => ({ kind: 'object', fields, ...more })

const region = one('oregon', 'ohio', 'virginia', 'frankfurt', 'singapore')

const databaseProperty = one(
  'connectionString',
  'connectionPoolString',
  'host',
  'port',
  'user',
  'password',
  'database',
  'hostport',
)

const variable = object(
  {
    key: text,
    value: text,
    generateValue: one(true),
    sync: one(false),
    fromDatabase: object(
      { name: text, property: databaseProperty },
      { needs: ['name', 'property'] },
    ),
    fromService: object({ name: text, type: text, property: text, envVarKey: text }),
    fromGroup: text,
  },
  {
    needs: ['key'],
    one: ['value', 'generateValue', 'sync', 'fromDatabase', 'fromService', 'fromGroup'],
  },
)

const service = object(
  {
    type: one('web', 'pserv', 'worker', 'cron', 'keyvalue'),
    name: text,
    runtime: one('node', 'docker', 'image', 'static', 'python', 'go', 'ruby', 'rust', 'elixir'),
    region,
    plan: one('free', 'starter', 'standard', 'pro', 'pro plus', 'pro max', 'pro ultra'),
    repo: text,
    branch: text,
    rootDir: text,
    buildCommand: text,
    startCommand: text,
    preDeployCommand: text,
    dockerfilePath: text,
    dockerContext: text,
    dockerCommand: text,
    autoDeployTrigger: one('commit', 'checksPass', 'off'),
    healthCheckPath: text,
    maxShutdownDelaySeconds: number,
    numInstances: number,
    disk: object({ name: text, mountPath: text, sizeGB: number }, { needs: ['name', 'mountPath'] }),
    buildFilter: object({ paths: list(text), ignoredPaths: list(text) }),
    domains: list(text),
    envVars: list(variable),
  },
  { needs: ['type', 'name', 'runtime'] },
)

const database = object(
  {
    name: text,
    plan: one('free', 'basic-256mb', 'basic-1gb', 'basic-4gb', 'pro-4gb'),
    databaseName: text,
    user: text,
    region,
    postgresMajorVersion: text,
    diskSizeGB: number,
    storageAutoscalingEnabled: flag,
    ipAllowList: list(object({ source: text, description: text })),
    highAvailability: object({ enabled: flag }),
    connectionPool: one('pgbouncer'),
  },
  { needs: ['name'] },
)

/** Of Render: render.yaml. */
export const blueprint = object({
  services: list(service),
  databases: list(database),
  envVarGroups: list(object({ name: text, envVars: list(variable) })),
})

const docker = object({
  dockerfile: text,
  command: text,
  args: list(text),
  target: text,
  entrypoint: list(text),
})

const definition = object(
  {
    name: text,
    type: one('WEB', 'WORKER', 'DATABASE', 'SANDBOX'),
    git: object(
      {
        repository: text,
        branch: text,
        tag: text,
        sha: text,
        workdir: text,
        no_deploy_on_push: flag,
        docker,
        buildpack: object({ build_command: text, run_command: text }),
      },
      { needs: ['repository'], one: ['docker', 'buildpack'] },
    ),
    regions: list(text),
    instance_types: list(object({ type: text, scopes: list(text) }, { needs: ['type'] })),
    scalings: list(
      object({ min: number, max: number, scopes: list(text) }, { needs: ['min', 'max'] }),
    ),
    ports: list(
      object(
        { port: number, protocol: one('http', 'http2', 'tcp') },
        { needs: ['port', 'protocol'] },
      ),
    ),
    routes: list(object({ port: number, path: text }, { needs: ['port', 'path'] })),
    env: list(
      object(
        { key: text, value: text, secret: text, scopes: list(text) },
        { needs: ['key'], one: ['value', 'secret'] },
      ),
    ),
    health_checks: list(
      object(
        {
          grace_period: number,
          interval: number,
          timeout: number,
          restart_limit: number,
          http: object({ port: number, path: text, method: text }, { needs: ['port', 'path'] }),
          tcp: object({ port: number }, { needs: ['port'] }),
        },
        { one: ['http', 'tcp'] },
      ),
    ),
  },
  { needs: ['name', 'type', 'regions', 'instance_types'] },
)

/** Of Koyeb: what `koyeb compose` takes. */
export const composition = object(
  {
    app: object({ name: text }, { needs: ['name'] }),
    services: list(object({ definition }, { needs: ['definition'] })),
  },
  { needs: ['app', 'services'] },
)

/** Gives where a value is not what it may be; empty when all is well. */
export function problemsIn(value: unknown, field: Field, path = ''): string[] {
  const at = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`)
  if (field.kind === 'list') {
    if (!Array.isArray(value)) return [`${path}: is no list`]
    return value.flatMap((item, index) => problemsIn(item, field.of, at(index)))
  }
  if (field.kind === 'object') {
    if (typeof value !== 'object' || value === null) return [`${path}: is no object`]
    const inside = Object.entries(value).flatMap(([key, item]) => {
      const known = Object.hasOwn(field.fields, key) ? field.fields[key] : undefined
      return known ? problemsIn(item, known, at(key)) : [`${at(key)}: is not known`]
    })
    const missing = (field.needs ?? []).filter((key) => !Object.hasOwn(value, key))
    const chosen = field.one?.filter((key) => Object.hasOwn(value, key)).length ?? 1
    return [
      ...inside,
      ...missing.map((key) => `${at(key)}: is missing`),
      ...(chosen === 1 ? [] : [`${path}: has ${chosen} of ${field.one?.join(', ')}`]),
    ]
  }
  if (field.kind === 'one') return field.of.includes(value) ? [] : [`${path}: cannot be that`]
  const types = { text: 'string', number: 'number', flag: 'boolean' } as const
  return typeof value === types[field.kind] ? [] : [`${path}: is no ${field.kind}`]
}
