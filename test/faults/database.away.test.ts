import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { freePort } from '../support/postgres.setup.ts'
import { startProcess, type ServiceProcess } from '../support/process.ts'
import { startProxy, type ProxyMode } from '../support/proxy.ts'
import { large, report, trials } from '../support/trials.ts'
import { expectStarting, findingsOf, live, processorSeconds } from './away.fixture.ts'

const awayMs = large ? 120_000 : 6_500
const rounds = trials(1)
const connectTimeoutMs = 2_000
const token = 'canary-of-a-password'

let url: URL

beforeAll(async () => {
  url = new URL((await createPostgres()).url)
})

function through(port: number): string {
  const address = new URL(url)
  address.host = `127.0.0.1:${port}`
  return address.href
}

describe('a service whose database is away', () => {
  const absences: { absence: string; mode: ProxyMode; step: string }[] = [
    { absence: 'every connection is ended at once', mode: 'end', step: 'server' },
    { absence: 'nothing is ever answered', mode: 'silent', step: 'server' },
  ]

  test.each(absences)(
    '($absence) waits in peace, says why, and is ready soon after it is back',
    { timeout: (awayMs + 30_000) * rounds },
    async ({ mode, step }) => {
      for (let round = 0; round < rounds; round += 1) {
        const away = await startProxy({ port: Number(url.port), mode })
        const service = await start(away.port)
        await live(service)
        const before = { accepted: away.accepted(), seconds: processorSeconds(service.pid) }
        await pause(awayMs)

        await expectStarting(service)
        const connects = (away.accepted() - before.accepted) / (awayMs / 1000)
        const share = shareOf(service, before.seconds)
        expect(connects).toBeLessThan(10)
        expect(share).toBeLessThan(0.05)
        await expect
          .poll(() => findingsOf(service).filter(({ ok }) => !ok), { timeout: 15_000 })
          .toMatchObject([{ step }])

        const backAt = performance.now()
        away.set('forward')
        await service.ready(awayMs + 30_000)
        const recoveredMs = performance.now() - backAt
        // What is being waited for when it comes back has its time first.
        expect(recoveredMs).toBeLessThan(3_000 + (mode === 'silent' ? connectTimeoutMs : 0))
        await expectWorking(service)
        report(`database away (${mode})`, { connects, share, recoveredMs })
        await away.close()
      }
    },
  )

  test(
    '(nobody listens) waits in peace, says why, and is ready soon after somebody does',
    { timeout: awayMs + 60_000 },
    async () => {
      const port = await freePort()
      const service = await start(port)
      await live(service)
      const seconds = processorSeconds(service.pid)
      await pause(awayMs)

      await expectStarting(service)
      const share = shareOf(service, seconds)
      expect(share).toBeLessThan(0.05)
      expect(findingsOf(service).filter(({ ok }) => !ok)).toMatchObject([{ step: 'tcp' }])
      // Ever more seldom: an attempt a second would fill the log.
      expect(service.output().split('waiting for the database').length - 1).toBeLessThan(16)

      const backAt = performance.now()
      const there = await startProxy({ port: Number(url.port), listen: port })
      await service.ready(awayMs + 30_000)
      const recoveredMs = performance.now() - backAt
      expect(recoveredMs).toBeLessThan(3_000)
      await expectWorking(service)
      report('database away (refused)', { share, recoveredMs })
      await there.close()
    },
  )

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '(nobody listens) ends at once on %s',
    async (signal) => {
      await expectEnd(await start(await freePort()), signal)
    },
  )

  test.each(['end', 'silent'] as const)('(proxy: %s) ends at once on SIGTERM', async (mode) => {
    const away = await startProxy({ port: Number(url.port), mode })
    await expectEnd(await start(away.port), 'SIGTERM')
    await away.close()
  })

  test('a driver that tries again by itself, as it likes, knows no peace', async () => {
    const away = await startProxy({ port: Number(url.port), mode: 'end' })
    const naive = postgres(through(away.port), {
      max: 5,
      backoff: false,
      onnotice: () => undefined,
    })
    onTestFinished(() => naive.end({ timeout: 0 }))
    // It never says that it failed.
    naive`select 1`.catch(() => undefined)
    await pause(1_000)
    expect(away.accepted()).toBeGreaterThan(50)
    await away.close()
  })
})

function start(port: number) {
  return startProcess({
    DATABASE_URL: through(port),
    DATABASE_CONNECT_TIMEOUT: String(connectTimeoutMs / 1000),
    BACKUP_TOKEN: token.repeat(2),
    LOG_LEVEL: 'info',
  })
}

/** The share of a processor that it has taken since. */
function shareOf(service: ServiceProcess, before: number | undefined): number {
  const after = processorSeconds(service.pid)
  return before === undefined || after === undefined ? 0 : (after - before) / (awayMs / 1000)
}

async function expectWorking(service: ServiceProcess) {
  const { status, json } = await service.call('GET', '/health')
  expect({ status, of: json.status }).toEqual({ status: 200, of: 'healthy' })
  expect(json.storage.migrations).toMatchObject({ pending: 0 })
  const as = await service.login()
  const body = { title: 'at last', body: '' }
  expect((await service.call('POST', '/api/announcements', { as, body })).status).toBe(201)
  expect(service.ended()).toBeUndefined()
  expect(service.output()).not.toContain(token)
  expect(await service.stop()).toEqual({ code: 0, signal: null })
}

async function expectEnd(service: ServiceProcess, signal: NodeJS.Signals) {
  await live(service)
  await pause(300)
  const askedAt = performance.now()
  service.signal(signal)
  expect(await service.exited).toEqual({ code: 0, signal: null })
  expect(performance.now() - askedAt).toBeLessThan(1_500)
}
