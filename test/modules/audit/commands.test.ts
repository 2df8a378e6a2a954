import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Command } from '../../../src/commands/command.ts'
import { exportCommand } from '../../../src/commands/export.command.ts'
import { importCommand } from '../../../src/commands/import.command.ts'
import { seedCommand } from '../../../src/commands/seed.command.ts'
import { databases } from '../../support/databases.ts'
import { startApp, startInstance, startService } from '../../support/service.ts'
import { refuseInserts } from './broken.fixture.ts'

describe.each(databases)('what is done by command on $engine', ({ create }) => {
  let folder: string
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-audit-'))))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  beforeEach(() => {
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockReturnValue(true)
    }
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  /** As on the command line of a machine that has nothing else in its environment. */
  async function run(command: Command, url: string, args: string[]): Promise<void> {
    vi.stubEnv('NODE_ENV', 'test')
    vi.stubEnv('DATABASE_URL', url)
    vi.stubEnv('LOG_LEVEL', 'fatal')
    await command.run(args)
  }

  async function toldOn(url: string) {
    const app = await startApp({ DATABASE_URL: url })
    await app.started
    const { rows } = await app.storage.audit.list({ action: 'data' }, 10)
    return rows.map(({ action, outcome, actorKind, actorId, address, requestId, details }) => {
      expect([outcome, actorKind, actorId, address, requestId]).toEqual([
        'done',
        'system',
        null,
        null,
        null,
      ])
      return [action, details]
    })
  }

  it('is told as the system’s: an export, an import, samples; a rehearsal is not', async () => {
    const [{ url: from }, { url: to }] = [await create(), await create()]
    const file = join(folder, 'export.json')
    await run(seedCommand, from, [])
    await run(exportCommand, from, [file, '--include', 'history'])
    await run(importCommand, to, [file, '--dry-run'])
    await run(importCommand, to, [file])

    const seeded = ['data.seed', { users: 3, announcements: 6, specs: 5 }]
    const exported = ['data.export', { history: true }]
    expect(await toldOn(from)).toEqual([exported, seeded])
    const counts = { added: expect.any(Number), changed: 0, removed: 0 }
    const tables = expect.stringMatching(/^users, announcements, .*\baudit\b/)
    expect(await toldOn(to)).toEqual([
      ['data.import', { mode: 'merge', tables, ...counts }],
      exported,
      seeded,
    ])
  })

  it('helps also when it cannot be told: an export, not an import', async () => {
    const service = await startService(create)
    const as = await service.login()
    await service.call('POST', '/api/announcements', { as, body: { title: 'kept', body: '' } })
    await service.app.close()
    const restore = await refuseInserts(service.url, 'audit')
    const file = join(folder, 'rescue.json')
    await run(exportCommand, service.url, [file])
    expect(JSON.parse(readFileSync(file, 'utf8')).footer.rows).toMatchObject({ announcements: 1 })
    await expect(run(importCommand, service.url, [file])).rejects.toThrow()
    await restore()
    expect(await toldOn(service.url)).toEqual([])
    const again = await startInstance(service.url)
    expect(await again.login()).toMatch(/^hf_/)
  })
})
