import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle, removeBundles } from '../support/bundle.ts'
import { freePort } from '../support/postgres.setup.ts'
import { startProcess } from '../support/process.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { expectNoPassword } from './doctor.fixture.ts'
import { startServer } from './server.fixture.ts'

let server: Awaited<ReturnType<typeof startServer>>
let cli: string
let folder: string

beforeAll(async () => {
  ;[server, cli] = await Promise.all([startServer(), bundle()])
  folder = mkdtempSync(join(tmpdir(), 'holdfast-doctor-'))
})
afterAll(() => {
  removeBundles()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs `holdfast doctor`; whatever it writes holds no password. */
async function doctor(
  args: string[],
  { environment = {}, input = '' }: { environment?: Record<string, string>; input?: string } = {},
) {
  const child = spawn(process.execPath, [cli, 'doctor', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...environment },
  })
  child.stdin.end(input)
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  expectNoPassword(out + err)
  return { code, out, err }
}

interface Report {
  ok: boolean
  exitCode: number
  findings: Finding[]
}

describe('holdfast doctor', () => {
  it('ends with 0 where all is well, with one line a step', async () => {
    const { code, out, err } = await doctor([server.address()])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^ok {6}address {5}understood as postgres:\/\/shopkeeper:\*\*\*@127/)
    expect(out).toMatch(/^ok {6}login/m)
    expect(out).toMatch(/All is well\.\n$/)
  })

  it('looks at the configured database without a target', async () => {
    const { code, out } = await doctor([], { environment: { DATABASE_URL: server.address() } })
    expect(code).toBe(0)
    expect(out).toContain('shopkeeper')
  })

  it('looks at the SQLite file where nothing else is configured', async () => {
    const { code, out } = await doctor([])
    expect(code).toBe(0)
    expect(out).toContain('understood as sqlite:')
  })

  it('takes the address from standard input, where no process list shows it', async () => {
    const { code } = await doctor(['-'], { input: `${server.address()}\n` })
    expect(code).toBe(0)
  })

  it('looks at the target and not at the configured database', async () => {
    const environment = { DATABASE_URL: 'postgres://u:p@nosuch.invalid/db' }
    expect(await doctor([server.address()], { environment })).toMatchObject({ code: 0 })
  })

  it('prints the findings as JSON', async () => {
    const { code, out } = await doctor(['--json', server.address({ database: 'Shop' })])
    const report = JSON.parse(out) as Report
    expect(code).toBe(1)
    expect(report).toMatchObject({ ok: false, exitCode: 1 })
    const failed = report.findings.find(({ ok }) => !ok)
    expect(failed).toMatchObject({ step: 'database', remedy: expect.any(String) })
    expect(failed?.corrected).toMatch(/:\*\*\*@127\.0\.0\.1:\d+\/shop\?/)
  })

  it('ends with 1 at a failure that stays, and says what was left out', async () => {
    const { code, out } = await doctor(['postgres://u:canary@nosuch.invalid:5432/db'])
    // Without any name server at all it is an outage.
    expect(out.includes('EAI_AGAIN') ? 75 : 1).toBe(code)
    expect(out).toMatch(/^FAILED {2}dns/m)
    expect(out).toMatch(/left out: tcp, .*migrations/)
  })

  it('ends with 75 where the database is only away', async () => {
    const { code, out } = await doctor([server.address({ port: await freePort() })])
    expect(code).toBe(75)
    expect(out).toContain('a little later')
  })

  it.each([
    ['postgres://shopkeeper:[YOUR-PASSWORD]@db.example.org/shop', '[YOUR-PASSWORD]'],
    ['mysql://root:canary@db.example.org/shop', 'MySQL'],
    ['https://abcdefghijklmnopqrst.supabase.co', 'Supabase'],
    ['   ', 'empty'],
  ])('ends with 78 where the target is not understood: %s', async (target, named) => {
    const { code, out } = await doctor([target])
    expect(code).toBe(78)
    expect(out).toMatch(/^FAILED {2}address/)
    expect(out).toContain(named)
    const json = await doctor(['--json', target])
    expect(json.code).toBe(78)
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, exitCode: 78 })
  })

  it('starts the service with the address that replaces a placeholder', async () => {
    const service = await startProcess({ DATABASE_URL: server.address() })
    await service.ready()
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })

  it('refuses a second target', async () => {
    expect(await doctor(['a', 'b'])).toMatchObject({ code: 2 })
  })
})

describe('a service that cannot start', () => {
  it('tells the same findings in its log, without the password', async () => {
    const { DATABASE_URL } = { DATABASE_URL: server.address({ database: 'nosuch' }) }
    const service = await startProcess({ DATABASE_URL, LOG_LEVEL: 'info' })
    for (let i = 0; i < 200 && !service.output().includes('doctor: database'); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(service.output()).toContain('doctor: database: the server has no database nosuch')
    expectNoPassword(service.output())
    await service.kill()
  })
})
