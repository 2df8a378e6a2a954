import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createAudit } from '../../../src/audit/audit.repository.ts'
import { auditRow } from '../../../src/audit/entry.ts'
import { declarations } from '../../../src/database/tables/tables.ts'
import { databases } from '../../support/databases.ts'
import { startService } from '../../support/service.ts'

const root = join(import.meta.dirname, '..', '..', '..', 'src')

/** Every file of the service that speaks to the database, and what it says. */
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

/** Names that a file has for the table: `tables.audit`, and what it is called after `{ audit: … }`. */
function namesOf(text: string): string[] {
  const renamed = [...text.matchAll(/\{[^{}]*\baudit(?:: (\w+))?[^{}]*\}(?:: \w+)? ?(?:=|\)|,)/g)]
  const local = renamed.map(([, name = 'audit']) => name)
  return [...new Set(['audit', 'tables.audit', ...local])]
}

function changesIn(text: string): string[] {
  const names = namesOf(text).map((name) => name.replace('.', '\\.'))
  const table = `(?:\\w+\\.)*(?:${names.join('|')})`
  const change = new RegExp(`\\.(?:update|delete)\\(\\s*${table}\\s*\\)`, 'g')
  const written = /\b(?:update|delete from|truncate(?: table)?)\s+"?audit\b/gi
  return [...(text.match(change) ?? []), ...(text.match(written) ?? [])]
}

describe('the audit log is only added to (security 3.13)', () => {
  it('has nothing in its repository that changes or removes an entry', () => {
    const repository = createAudit({} as never, { audit: {} } as never)
    expect(Object.keys(repository).toSorted()).toEqual(['add', 'addOnce', 'list'])
  })

  it('is named by nothing else that changes or removes rows', () => {
    const found = sources.flatMap(({ file, text }) => changesIn(text).map((line) => [file, line]))
    expect(found).toEqual([])
  })

  it.each([
    'await db.update(tables.audit).set({})',
    'await tx.delete(database.tables.audit).where(x)',
    'export function create({ audit: t }: Tables) {\n  return db\n    .delete(t)\n}',
    'const { audit } = tables\nawait tx.delete(audit)',
    'sql`update audit set details = null`',
    'sql`delete from "audit"`',
  ])('would be found to be changed by: %s', (text) => {
    expect(changesIn(text)).toHaveLength(1)
  })

  it('has columns that no import may change, all of them', () => {
    const { immutable } = declarations.audit
    const row = auditRow({ action: 'a.b', actor: { kind: 'system' } })
    expect([...immutable, 'id'].toSorted()).toEqual(Object.keys(row).toSorted())
  })
})

describe.each(databases)('an entry on $engine', ({ create }) => {
  it('that is there already stays as it is', async () => {
    const { app } = await startService(create)
    const row = auditRow({ action: 'spec.create', actor: { kind: 'system' } })
    await app.storage.unitOfWork({}, (tx) => tx.audit.add(row))
    const again = [
      { ...row, details: { forged: true } },
      { ...row, id: 'other' },
    ]
    await app.storage.unitOfWork({}, (tx) => tx.audit.addOnce(again))
    const { rows } = await app.storage.audit.list({ action: 'spec' }, 10)
    const found = Object.fromEntries(rows.map(({ id, details }) => [id, details]))
    expect(found).toEqual({ [row.id]: {}, other: {} })
    const twice = app.storage.unitOfWork({}, (tx) => tx.audit.add(row))
    await expect(twice).rejects.toMatchObject({ kind: 'unique' })
  })

  it('is within what an import takes, however long what it tells of is', async () => {
    const { app, call, login } = await startService(create)
    const emoji = '😀'.repeat(150)
    const row = auditRow({
      action: 'spec.create',
      actor: { kind: 'system' },
      object: { kind: 'spec', id: 'x', name: `a${emoji}` },
      details: { fields: 'f'.repeat(2_000), text: `b${emoji}${emoji}`, count: 1 },
    })
    expect(row.objectName).toBe(`a${'😀'.repeat(99)}`)
    expect(String(row.details['fields'])).toHaveLength(500)
    await app.storage.unitOfWork({}, (tx) => tx.audit.add(row))
    const as = await login()
    const body = (await call('GET', '/api/export?include=history', { as })).text
    const headers = { 'content-type': 'application/json' }
    const answer = await call('POST', '/api/import?dryRun=true', { as, body, headers })
    expect(answer.status, answer.text).toBe(200)
  })
})
