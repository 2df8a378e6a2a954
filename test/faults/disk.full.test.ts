import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { clean, judge, type Operation } from '../support/history.ts'
import { startProcess, type ServiceProcess } from '../support/process.ts'
import { report, trials } from '../support/trials.ts'
import { engines } from './engines.fixture.ts'
import { expectWell } from './health.fixture.ts'

const disks = trials(1)
/** A database never gets smaller, so that after a few more the disk is full of it. */
const cycles = 3
const { rows, findings } = engines.find(({ engine }) => engine === 'sqlite')!

test(
  'a full disk refuses writes with 507, lets reads through, and is forgotten when room comes',
  { timeout: 30_000 + disks * 15_000 },
  async (context) => {
    const recoveredMs: number[] = []
    const counts = { acknowledged: 0, refused: 0 }

    for (let disk = 0; disk < disks; disk += 1) {
      const folder = mountSmallDisk(context, '8m')
      const url = `sqlite:///${join(folder, 'holdfast.db')}`
      const filler = join(folder, 'filler')
      const service = await startProcess({ DATABASE_URL: url })
      await service.ready()
      const token = await service.login()
      const history: Operation[] = []

      for (let cycle = 0; cycle < cycles; cycle += 1) {
        fill(folder, filler)
        counts.refused += await writeUntilFull(service, token, history, cycle)
        expect((await service.call('GET', '/api/announcements')).status).toBe(200)
        // What helps then, although the audit log cannot be told of it.
        const rescue = await service.call('GET', '/api/export', { as: token })
        expect([rescue.status, rescue.json.footer.rows.users]).toEqual([200, 1])

        rmSync(filler)
        const roomAt = performance.now()
        const again = () => write(service, token, history, `${cycle} again`)
        await expect.poll(again, { timeout: 5000, interval: 20 }).toBe(201)
        recoveredMs.push(performance.now() - roomAt)
        expectWell((await service.call('GET', '/health')).json)
        expect((await service.call('GET', '/health/ready')).status).toBe(200)
        counts.acknowledged += await makeRoom(service, token, history)
      }

      expect(service.ended()).toBeUndefined()
      expect(await service.stop()).toEqual({ code: 0, signal: null })
      expect(judge(history, await rows(url))).toEqual(clean)
      expect(await findings(url)).toEqual([])
    }

    const slowestRecoveryMs = Math.round(Math.max(...recoveredMs))
    report('disk full', { cycles: disks * cycles, ...counts, slowestRecoveryMs })
    expect(slowestRecoveryMs).toBeLessThan(1000)
  },
)

/** All the room but a little. */
function fill(folder: string, filler: string): void {
  const { bavail, bsize } = statfsSync(folder)
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - 300_000)))
}

/** Eight writers, until each was told three times that there is no room; gives how often that was. */
async function writeUntilFull(
  service: ServiceProcess,
  token: string,
  history: Operation[],
  cycle: number,
): Promise<number> {
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    let refusals = 0
    for (let n = 0; refusals < 3; n += 1) {
      const status = await write(service, token, history, `${cycle}-${writer}-${n}`)
      if (status !== 201) refusals += 1
    }
    return refusals
  })
  return (await Promise.all(writers)).reduce((sum, refusals) => sum + refusals, 0)
}

async function write(
  service: ServiceProcess,
  token: string,
  history: Operation[],
  title: string,
): Promise<number> {
  const { status, json } = await service.call('POST', '/api/announcements', {
    as: token,
    body: { title, body: 'x'.repeat(10_000) },
  })
  if (status === 201) {
    history.push({ kind: 'create', title, outcome: 'ok', id: json.id })
    return status
  }
  expect({ status, code: json.code, outcome: json.outcome }).toEqual({
    status: 507,
    code: 'storage_full',
    outcome: 'none',
  })
  history.push({ kind: 'create', title, outcome: 'fail' })
  return status
}

/**
 * Takes away what was acknowledged, all of which has to be there, so that the next cycle has as much room as the
 * first; what was refused is for the verdict. Gives how many there were.
 */
async function makeRoom(service: ServiceProcess, token: string, history: Operation[]) {
  const kept = history.splice(0).filter((operation) => operation.kind === 'create')
  const stored = kept.filter(({ outcome }) => outcome === 'ok')
  for (const { id } of stored) {
    const { status } = await service.call('DELETE', `/api/announcements/${id}`, { as: token })
    expect(status).toBe(204)
  }
  history.push(...kept.filter(({ outcome }) => outcome === 'fail'))
  return stored.length
}

/** A file system in memory for one test; only root may make one. */
function mountSmallDisk(context: TestContext, size: string): string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    context.skip('a small disk can be mounted by root on Linux only')
  }
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], {
    encoding: 'utf8',
  })
  if (mounted.status !== 0) context.skip(`no disk could be mounted: ${mounted.stderr}`)
  onTestFinished(() => {
    spawnSync('umount', ['--lazy', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}
