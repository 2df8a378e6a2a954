import { afterAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import type { Provider } from '../../src/database/target/target.ts'
import { onServer } from '../faults/engines.fixture.ts'
import { createPostgres, createSqlite } from '../support/databases.ts'
import { clientOf, password, startService } from '../support/service.ts'

type App = Awaited<ReturnType<typeof buildApp>>

const apps: App[] = []
afterAll(() => Promise.all(apps.map((app) => app.close())))

/** The service on a database that is taken for one of the provider, and what it logs. */
async function startOn(provider: Provider, url: string) {
  const lines: string[] = []
  const settings = { DATABASE_URL: url, ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: password }
  const config = readConfig(settings, '/', [])
  if (config.target.kind !== 'postgres') throw new Error('this is about PostgreSQL')
  const stream = { write: (line: string) => lines.push(line) }
  const target = { ...config.target, provider }
  const app = await buildApp({ ...config, target }, { level: 'info', stream })
  apps.push(app)
  await app.ready()
  await app.started
  const logged = () =>
    lines.map((line) => JSON.parse(line)).filter(({ code }) => typeof code === 'string')
  return { ...clientOf(app), logged }
}

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()

describe('a service on a free database', () => {
  it('of Render says in the log and to administrators how many days are left', async () => {
    const { url } = await createPostgres()
    const first = await startOn('render', url)
    await expect.poll(() => first.logged().length).toBe(3)
    expect(first.logged()[0]).toMatchObject({ code: 'expires', level: 30, daysLeft: 29 })

    await onServer(url, async (sql) => {
      await sql`update holdfast_migrations set applied_at = ${daysAgo(25.5)}`
    })
    const second = await startOn('render', url)
    await expect.poll(() => second.logged().length).toBe(3)
    expect(second.logged()[0]).toMatchObject({ code: 'expires', level: 40, daysLeft: 4 })

    const { json } = await second.call('GET', '/api/ops/health', { as: await second.login() })
    expect(json).toMatchObject({ provider: 'render', platform: null })
    expect(json.notices).toMatchObject([
      { code: 'expires', level: 'warn', daysLeft: 4 },
      { code: 'size', level: 'info', says: expect.stringMatching(/1000 MB; this one has \d+ MB/) },
      { code: 'no_backups' },
    ])
  })

  it('that sleeps is asked nothing more once it was told', async () => {
    const { url } = await createPostgres()
    const { call, logged } = await startOn('neon', url)
    await expect.poll(() => logged().length).toBe(3)
    const before = await activity(url)
    for (const path of ['/health', '/health/ready', '/health/live']) await call('GET', path)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await activity(url)).toEqual(before)
  })
})

describe.each([
  { engine: 'sqlite', create: createSqlite },
  { engine: 'postgres', create: createPostgres },
])('a service on $engine of nobody in particular', ({ engine, create }) => {
  it('has no notices, and shows administrators its address without the password', async () => {
    const service = await startService(create)
    const answer = await service.call('GET', '/api/ops/health', { as: await service.login() })
    expect(answer.json).toMatchObject({ provider: null, platform: null, notices: [] })
    const expected = engine === 'sqlite' ? /^sqlite:\/.*\.db$/ : /^postgres:\/\/postgres:\*\*\*@127/
    expect(answer.json.address).toMatch(expected)
    expect(answer.text).not.toContain('postgres:postgres')
    expect((await service.call('GET', '/health')).text).not.toMatch(/address|notices|provider/)
  })
})

/** When each of the service's connections was last used. */
function activity(url: string) {
  return onServer(url, async (sql) => [
    ...(await sql`select pid, state_change::text from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() order by pid`),
  ])
}
