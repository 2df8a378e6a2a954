import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, inject, test, type TestContext } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { freePort } from '../support/postgres.setup.ts'
import { startProcess, type ServiceProcess } from '../support/process.ts'
import { startProxy, type ProxyMode } from '../support/proxy.ts'
import { onServer } from './engines.fixture.ts'

const awayMs = 2_500

describe('a service whose database is away', () => {
  let url: URL

  beforeAll(async () => {
    url = new URL((await createPostgres()).url)
  })

  const absences: { absence: string; mode: ProxyMode | 'nothing' }[] = [
    { absence: 'nobody listens', mode: 'nothing' },
    { absence: 'every connection is ended at once', mode: 'end' },
    { absence: 'nothing is ever answered', mode: 'silent' },
  ]

  test.each(absences)(
    '($absence) waits for it, and is ready without a new start',
    async ({ mode }) => {
      const port = await freePort()
      const away =
        mode === 'nothing'
          ? undefined
          : await startProxy({ port: Number(url.port), listen: port, mode })
      const service = await startProcess({
        DATABASE_URL: through(port),
        DATABASE_CONNECT_TIMEOUT: '2',
      })
      await expect.poll(() => isLive(service), { timeout: 10_000 }).toBe(true)
      await pause(awayMs)

      await expectStarting(service)

      const there = away ?? (await startProxy({ port: Number(url.port), listen: port }))
      away?.set('forward')
      await service.ready(30_000)
      const { status, json } = await service.call('GET', '/health')
      expect({ status, of: json.status }).toEqual({ status: 200, of: 'healthy' })
      expect(json.storage.migrations).toMatchObject({ pending: 0 })
      const as = await service.login()
      const body = { title: 'at last', body: '' }
      expect((await service.call('POST', '/api/announcements', { as, body })).status).toBe(201)
      expect(service.ended()).toBeUndefined()
      expect(await service.stop()).toEqual({ code: 0, signal: null })
      await there.close()
    },
  )

  test('(the server has no such database) waits until it is made', async () => {
    const name = `late_${crypto.randomUUID().slice(0, 8)}`
    const address = new URL(url)
    address.pathname = `/${name}`
    const service = await startProcess({ DATABASE_URL: address.href })
    await expect.poll(() => service.output(), { timeout: 10_000 }).toContain('3D000')
    await expectStarting(service)
    await onServer(url.href, (sql) => sql.unsafe(`create database ${name}`))
    await service.ready(30_000)
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    await onServer(url.href, (sql) => sql.unsafe(`drop database ${name} with (force)`))
  })

  test('(the password is wrong) waits, and says so without the password', async (context) => {
    const wrong = new URL(url)
    wrong.password = 'canary-of-a-password'
    await skipWhereNobodyAsks(context, wrong.href)
    const service = await startProcess({ DATABASE_URL: wrong.href })
    await expect.poll(() => waits(service), { timeout: 15_000 }).toBeGreaterThan(2)
    await expectStarting(service)
    expect(service.output()).toContain('the database refuses the user name or the password')
    expect(service.output()).not.toContain('canary')
    expect(service.ended()).toBeUndefined()
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('ends on a %s all the same', async (signal) => {
    const service = await startProcess({ DATABASE_URL: through(await freePort()) })
    await expect.poll(() => isLive(service), { timeout: 10_000 }).toBe(true)
    const askedAt = performance.now()
    service.signal(signal)
    expect(await service.exited).toEqual({ code: 0, signal: null })
    expect(performance.now() - askedAt).toBeLessThan(10_000)
  })

  function through(port: number): string {
    const address = new URL(url)
    address.host = `127.0.0.1:${port}`
    return address.href
  }
})

/** Alive, and everything else in the future. */
async function expectStarting(service: ServiceProcess) {
  const [live, ready, health, list, login] = await Promise.all([
    service.call('GET', '/health/live'),
    service.call('GET', '/health/ready'),
    service.call('GET', '/health'),
    service.call('GET', '/api/announcements'),
    service.call('POST', '/api/auth/login', { body: { username: 'ada', password: 'x' } }),
  ])
  expect(live.status).toBe(200)
  expect(ready.status).toBe(503)
  expect(health).toMatchObject({ status: 503, json: { status: 'starting' } })
  for (const { status, headers, json } of [list, login]) {
    expect(status).toBe(503)
    expect(headers['retry-after']).toBe('1')
    expect(json.code).toBe('not_ready')
  }
}

async function isLive(service: ServiceProcess): Promise<boolean> {
  const answer = await service.call('GET', '/health/live').catch(() => undefined)
  return answer?.status === 200
}

/** How often it said that it waits. */
function waits(service: ServiceProcess): number {
  return service.output().split('waiting for the database').length - 1
}

async function skipWhereNobodyAsks(context: TestContext, wrong: string) {
  const taken = await onServer(wrong, (sql) => sql`select 1`).then(
    () => true,
    () => false,
  )
  if (taken) context.skip(`${new URL(inject('postgresUrl')).host} takes every password`)
}
