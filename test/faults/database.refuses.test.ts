import type { ChildProcess } from 'node:child_process'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { startPostgres } from '../support/postgres.setup.ts'
import { startProcess, type ServiceProcess } from '../support/process.ts'
import { expectStarting, findingsOf, live } from './away.fixture.ts'
import { onServer } from './engines.fixture.ts'

/** Until the service tells what doctor found. */
const troubleMs = 12_000

let url: URL

beforeAll(async () => {
  url = new URL((await createPostgres()).url)
})

describe('a service whose database is there and refuses it', () => {
  test('(no slots are left, 53300) waits, and is ready when there are', async () => {
    const role = `few_${crypto.randomUUID().slice(0, 8)}`
    await onServer(url.href, (sql) =>
      sql.unsafe(`create role ${role} login superuser password 'few'`),
    )
    // Of a superuser the limit would not be asked.
    await onServer(url.href, (sql) =>
      sql.unsafe(`alter role ${role} nosuperuser connection limit 1;
        grant all on schema public to ${role}`),
    )
    const address = new URL(url)
    address.username = role
    address.password = 'few'
    const other = postgres(address.href, { max: 1, onnotice: () => undefined })
    await other`select 1`
    const service = await start({ DATABASE_URL: address.href, DATABASE_POOL_MAX: '1' })
    await live(service)
    await expectTold(service, '53300')
    await expectStarting(service)
    await expect.poll(() => findingsOf(service), { timeout: troubleMs }).not.toEqual([])

    await onServer(url.href, (sql) => sql.unsafe(`alter role ${role} connection limit 5`))
    const backAt = performance.now()
    await service.ready(30_000)
    expect(performance.now() - backAt).toBeLessThan(3_000)
    await other.end()
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    await onServer(url.href, (sql) => sql.unsafe(`drop owned by ${role}; drop role ${role}`))
  })

  test('(it is shutting down, 57P03, gone, and starting up) waits, and is ready when it is there', async () => {
    const server = await startPostgres()
    onTestFinished(() => server.stop())
    const holder = postgres(server.url, { max: 1, onnotice: () => undefined })
    await holder`select 1`
    const { process: postmaster } = server.server as unknown as { process: ChildProcess }
    const gone = new Promise((resolve) => postmaster.once('exit', resolve))
    // Waits for the sessions that are there, and lets nobody else in.
    postmaster.kill('SIGTERM')
    await pause(200)
    const service = await start({ DATABASE_URL: server.url })
    await live(service)
    await expectTold(service, '57P03')
    await expectStarting(service)

    await holder.end()
    await gone
    await expectTold(service, 'ECONNREFUSED')
    await expectStarting(service)
    await server.server.start()
    const backAt = performance.now()
    await service.ready(30_000)
    expect(performance.now() - backAt).toBeLessThan(3_000)
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })

  test('(the server has no such database, 3D000) waits a minute for it to be made', async () => {
    const name = `late_${crypto.randomUUID().slice(0, 8)}`
    const address = new URL(url)
    address.pathname = `/${name}`
    const service = await start({ DATABASE_URL: address.href })
    await expectTold(service, '3D000')
    await expectStarting(service)
    await expect.poll(() => findingsOf(service), { timeout: troubleMs }).not.toEqual([])
    await onServer(url.href, (sql) => sql.unsafe(`create database ${name}`))
    await service.ready(40_000)
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    await onServer(url.href, (sql) => sql.unsafe(`drop database ${name} with (force)`))
  })

  test('(the password is wrong, 28P01) says so without it, tells what doctor finds, and waits a minute for it to be changed', async () => {
    const server = await startPostgres()
    onTestFinished(() => server.stop())
    const wrong = new URL(server.url)
    wrong.password = 'canary-of-a-password'
    const service = await start({ DATABASE_URL: wrong.href })
    await expectTold(service, '28P01')
    await expectStarting(service)
    await expect
      .poll(() => findingsOf(service).filter(({ ok }) => !ok), { timeout: troubleMs })
      .toMatchObject([{ step: 'login' }])
    // Those who try too often are shut out by some providers.
    expect(service.output().match(/"attempts":(\d+)/g)?.length).toBeLessThan(8)
    await onServer(server.url, (sql) =>
      sql.unsafe(`alter role postgres password 'canary-of-a-password'`),
    )
    await service.ready(40_000)
    expect(service.output()).not.toContain('canary')
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })

  test('a command does not wait for that: it ends with 78', async () => {
    const address = new URL(url)
    address.pathname = '/not_there'
    const service = await startProcess({ DATABASE_URL: address.href }, { command: ['export'] })
    expect(await service.exited).toEqual({ code: 78, signal: null })
    expect(service.output()).toContain('no database of this name')
  })
})

describe('a service whose database has a name that is not known', () => {
  const host = 'db.holdfast.invalid'
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-names-'))
  const names = join(folder, 'hosts')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function named(): string {
    const address = new URL(url)
    address.hostname = host
    return address.href
  }

  test('waits, says so, and ends at once on SIGTERM', async () => {
    const service = await start({ DATABASE_URL: named() })
    await live(service)
    await expect.poll(() => service.output(), { timeout: 25_000 }).toMatch(/ENOTFOUND|EAI_AGAIN/)
    await expectStarting(service)
    const askedAt = performance.now()
    expect(await service.stop()).toEqual({ code: 0, signal: null })
    expect(performance.now() - askedAt).toBeLessThan(1_500)
  })

  test.runIf(canRename())('is ready soon after the name is known', async () => {
    writeFileSync(names, '127.0.0.1 localhost\n')
    const service = await start({ DATABASE_URL: named() }, ['unshare', '-m', 'sh', '-c', rename])
    await live(service)
    await expect.poll(() => service.output(), { timeout: 25_000 }).toMatch(/ENOTFOUND|EAI_AGAIN/)
    await expectStarting(service)
    writeFileSync(names, `127.0.0.1 localhost ${host}\n`)
    const backAt = performance.now()
    await service.ready(40_000)
    expect(performance.now() - backAt).toBeLessThan(10_000)
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })

  const rename = `mount --bind '${names}' /etc/hosts && exec "$0" "$@"`
})

/** Whether a process can be given names of its own here: Linux, as root. */
function canRename(): boolean {
  if (new URL(inject('postgresUrl')).hostname !== '127.0.0.1') return false
  try {
    execFileSync('unshare', ['-m', 'mount', '--bind', '/etc/hosts', '/etc/hosts'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

function start(environment: Record<string, string>, within: string[] = []) {
  return startProcess(
    { LOG_LEVEL: 'info', DATABASE_CONNECT_TIMEOUT: '5', ...environment },
    { within },
  )
}

async function expectTold(service: ServiceProcess, code: string) {
  await expect.poll(() => service.output(), { timeout: 10_000 }).toContain(`"code":"${code}"`)
}
