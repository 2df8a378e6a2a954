import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../src/config/config.ts'
import { settingNames } from '../../src/config/schema.ts'
import { blueprint, composition, problemsIn } from './files.fields.ts'

const root = join(import.meta.dirname, '..', '..')
const textOf = (name: string) => readFileSync(join(root, name), 'utf8')

// oxlint-disable-next-line typescript/no-explicit-any -- what it is, is the test
const render: any = parse(textOf('render.yaml'))
// oxlint-disable-next-line typescript/no-explicit-any -- what it is, is the test
const koyeb: any = parse(textOf('koyeb.yaml'))

/** The settings that a platform is told, with something in place of what it makes up. */
function environmentOf(entries: { key: string; value?: string }[], made: Record<string, string>) {
  const given = entries.map(({ key, value }) => {
    const known = value !== undefined && !value.includes('{{')
    return [key, known ? value : (made[key] ?? 'x'.repeat(44))] as const
  })
  return Object.fromEntries(given)
}

const made = {
  DATABASE_URL: 'postgresql://u:p@dpg-abc123-a/db',
  ADMIN_USERNAME: 'admin',
  ADMIN_PASSWORD: 'correct horse battery',
}

describe('render.yaml', () => {
  it('has only fields that Render knows, with values that it takes', () => {
    expect(problemsIn(render, blueprint)).toEqual([])
  })

  it('is free: a plan that is left out costs money', () => {
    for (const item of [...render.services, ...render.databases]) expect(item.plan).toBe('free')
    expect(render.services[0]).not.toHaveProperty('disk')
    expect(render.services[0]).not.toHaveProperty('preDeployCommand')
  })

  it('puts the service and its database, which nobody else reaches, into one region', () => {
    const [service] = render.services
    const [database] = render.databases
    expect(service.region).toBe(database.region)
    expect(database.ipAllowList).toEqual([])
    const { fromDatabase } = service.envVars.find(
      ({ key }: { key: string }) => key === 'DATABASE_URL',
    )
    expect(fromDatabase).toEqual({ name: database.name, property: 'connectionString' })
  })

  it('has the health that waits for the database, and time for the last answers', () => {
    const [service] = render.services
    expect(service.healthCheckPath).toBe('/health')
    expect(service.maxShutdownDelaySeconds).toBe(30)
    expect(service.dockerfilePath).toBe('./Dockerfile')
  })

  it('gives the service settings with which it starts on Render', () => {
    const { envVars } = render.services[0]
    for (const { key } of envVars) expect(settingNames).toContain(key)
    const environment = environmentOf(envVars, made)
    const config = readConfig({ ...environment, RENDER: 'true', PORT: '10000' }, root, [])
    expect(config).toMatchObject({ platform: 'render', durability: { kind: 'durable' } })
    expect(config.trustProxy).toContain('10.0.0.0/8')
  })

  it('carries a paid variant with a disk, which is a Blueprint too, and starts there', () => {
    const comment = textOf('render.yaml').split('In place of everything above:\n#\n')[1] ?? ''
    const paid = parse(comment.replaceAll(/^# ?/gm, ''))
    expect(problemsIn(paid, blueprint)).toEqual([])
    const [{ plan, disk, envVars }] = paid.services
    expect([plan, disk.mountPath]).toEqual(['starter', '/app/data'])
    const mounts = [
      { point: '/', type: 'overlay', root: '/' },
      { point: disk.mountPath, type: 'ext4', root: '/' },
    ]
    const environment = { ...environmentOf(envVars, made), RENDER: 'true' }
    expect(readConfig(environment, root, mounts).durability).toEqual({ kind: 'local' })
    expect(() => readConfig(environment, root, mounts.slice(0, 1))).toThrow(/attach a disk/)
  })

  it('is not what makes it pass: fields and values that Render does not know are found', () => {
    const wrong = structuredClone(render)
    wrong.services[0].plan = 'gratis'
    wrong.services[0].healthcheckPath = '/health'
    wrong.services[0].envVars.push({ key: 'A', value: 'b', sync: false }, { key: 'B' })
    wrong.databases[0].postgresMajorVersion = 18
    delete wrong.services[0].name
    expect(problemsIn(wrong, blueprint).map((problem) => problem.split(':')[0])).toEqual([
      'services.0.plan',
      'services.0.envVars.6',
      'services.0.envVars.7',
      'services.0.healthcheckPath',
      'services.0.name',
      'databases.0.postgresMajorVersion',
    ])
  })
})

describe('koyeb.yaml', () => {
  const [{ definition }] = koyeb.services

  it('has only fields that Koyeb knows, with values that it takes', () => {
    expect(problemsIn(koyeb, composition)).toEqual([])
  })

  it('is one free web service from the Dockerfile, where there are free ones', () => {
    expect(definition.type).toBe('WEB')
    expect(definition.instance_types).toEqual([{ type: 'free' }])
    expect(['fra', 'was']).toContain(definition.regions[0])
    expect(definition.scalings).toEqual([{ min: 0, max: 1 }])
    expect(definition.git.docker).toEqual({ dockerfile: 'Dockerfile' })
    expect(definition).not.toHaveProperty('volumes')
  })

  it('names one port everywhere', () => {
    const { ports, routes, health_checks: checks, env } = definition
    const port = env.find(({ key }: { key: string }) => key === 'PORT').value
    const all = [ports[0].port, routes[0].port, checks[0].http.port, Number(port)]
    expect(new Set(all).size).toBe(1)
    expect(checks[0].http).toMatchObject({ path: '/health', method: 'GET' })
    expect(checks[0].grace_period).toBeGreaterThanOrEqual(60)
  })

  it('holds no dollar sign outside of comments, which the command line would replace', () => {
    expect(textOf('koyeb.yaml').replaceAll(/^ *#.*$/gm, '')).not.toContain('$')
  })

  it('names every secret that it takes in the commands that make them, and holds none', () => {
    const text = textOf('koyeb.yaml')
    const taken = [...text.matchAll(/\{\{ secret\.([a-z0-9-]+) \}\}/g)].map(([, name]) => name)
    const created = [...text.matchAll(/secrets create ([a-z0-9-]+)/g)].map(([, name]) => name)
    expect(new Set(created)).toEqual(new Set(taken))
    const secrets = new Set(['DATABASE_URL', 'ADMIN_PASSWORD', 'BACKUP_TOKEN', 'SECRET_KEYS'])
    for (const { key, value } of definition.env)
      expect(value.includes('secret.'), key).toBe(secrets.has(key))
  })

  it('gives the service settings with which it starts on Koyeb', () => {
    for (const { key } of definition.env) expect(settingNames).toContain(key)
    const environment = { ...environmentOf(definition.env, made), KOYEB_APP_NAME: 'holdfast' }
    expect(readConfig(environment, root, [])).toMatchObject({
      platform: 'koyeb',
      port: 8000,
      durability: { kind: 'durable' },
    })
  })
})

describe('deploy/holdfast.service', () => {
  const text = textOf('deploy/holdfast.service')
  const values = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value ?? '')

  it('starts as the image does, with settings that are known', () => {
    const command = JSON.parse(/^CMD (.*)$/m.exec(textOf('Dockerfile'))?.[1] ?? '') as string[]
    expect(values('ExecStart')).toEqual([`/usr/bin/${command.join(' ')}`])
    const names = values('Environment')
      .join(' ')
      .split(' ')
      .map((pair) => pair.split('=')[0])
    expect(
      names.filter((name) => name !== 'NODE_OPTIONS' && !settingNames.includes(name as never)),
    ).toEqual([])
  })

  it('waits longer for the end than the service takes, and leaves what cannot be mended alone', () => {
    expect(Number(values('TimeoutStopSec')[0])).toBeGreaterThan(25)
    expect(values('RestartPreventExitStatus')).toEqual(['65 70 78'])
  })

  it('lets the service write in its own folder and nowhere else, as nobody in particular', () => {
    expect(values('User')).toEqual(['holdfast'])
    expect(text).toContain('SQLITE_PATH=/var/lib/holdfast/')
    expect(values('StateDirectory')).toEqual(['holdfast'])
    for (const line of ['ProtectSystem=strict', 'NoNewPrivileges=true', 'CapabilityBoundingSet=\n'])
      expect(text).toContain(line)
    expect(text).not.toMatch(/^MemoryDenyWriteExecute/m)
  })
})

describe('deploy/nginx.conf', () => {
  const text = textOf('deploy/nginx.conf').replaceAll(/^\s*#.*$/gm, '')

  it('passes the client’s address on and not what the client says of it', () => {
    expect(text).toContain('proxy_set_header X-Forwarded-For $remote_addr;')
    expect(text).not.toContain('$proxy_add_x_forwarded_for')
  })

  it('sends nothing twice, streams, and closes kept connections before the service does', () => {
    expect(text).toContain('proxy_next_upstream off;')
    expect(text).toMatch(/proxy_buffering off;[\s\S]*proxy_request_buffering off;/)
    const app = textOf('src/app.ts')
    const kept = Number(/keepAliveTimeout: (\d+) \* seconds/.exec(app)?.[1])
    expect(Number(/keepalive_timeout (\d+)s;/.exec(text)?.[1])).toBeLessThan(kept)
  })

  it('goes to where the unit lets the service listen', () => {
    expect(text).toContain('server 127.0.0.1:3000;')
    expect(textOf('deploy/holdfast.service')).toContain('HOST=127.0.0.1 PORT=3000')
  })
})
