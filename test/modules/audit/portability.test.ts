import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { password, startService, type Service } from '../../support/service.ts'
import { refuseInserts } from './broken.fixture.ts'
import { startLogged } from './logged.fixture.ts'

const backupToken = 'b'.repeat(40)
const json = { 'content-type': 'application/json' }
const by = (name: string) => ({
  kind: 'user',
  name,
  id: expect.any(String),
  credentialId: expect.any(String),
})

type Caller = Pick<Service, 'call' | 'login'>

/** The entries of exports and imports, the newest first. */
async function told({ call, login }: Caller) {
  const { json } = await call('GET', '/api/audit?action=data', { as: await login() })
  return json.items
}

const confirm = async ({ call }: Caller) => ({
  'x-confirm-replace': String((await call('GET', '/health')).json.instanceId),
})

describe.each(databases)('exports in the audit log on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let admin: string

  beforeAll(async () => {
    service = await startService(create, { BACKUP_TOKEN: backupToken })
    call = service.call
    admin = await service.login()
  })

  it('say who took what, by session, API token or BACKUP_TOKEN (security 3.8)', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const body = { name: 'backups', scopes: ['backup:read'], expiresAt }
    const token = (await call('POST', '/api/tokens', { as: admin, body })).json
    const headers = { 'x-request-id': 'nightly' }
    for (const [as, query] of [
      [admin, ''],
      [token.token, '?include=history'],
      [backupToken, '?include=history'],
    ]) {
      expect((await call('GET', `/api/export${query}`, { as, headers })).status).toBe(200)
    }
    const gzip = { ...headers, authorization: `Bearer ${admin}`, 'accept-encoding': 'gzip' }
    await service.app.inject({ url: '/api/export', headers: gzip })
    expect((await call('HEAD', '/api/export', { as: admin })).status).toBe(200)

    const common = { action: 'data.export', outcome: 'done', object: null, requestId: 'nightly' }
    const apiToken = { ...by('admin'), kind: 'token', credentialId: token.id }
    expect(await told(service)).toMatchObject([
      { ...common, actor: by('admin'), details: { history: false, gzip: true } },
      {
        ...common,
        actor: { kind: 'backup_token', id: null, name: null, credentialId: null },
        details: { history: true, gzip: false },
      },
      { ...common, actor: apiToken, details: { history: true, gzip: false } },
      { ...common, actor: by('admin'), details: { history: false, gzip: false } },
    ])
  })

  it('are there also when writes are frozen', async () => {
    await call('POST', '/api/ops/freeze', { as: admin })
    const before = (await told(service)).length
    expect((await call('GET', '/api/export', { as: backupToken })).status).toBe(200)
    await call('POST', '/api/ops/thaw', { as: admin })
    expect(await told(service)).toHaveLength(before + 1)
  })

  it('keep nobody from an export when they cannot be written; the log has a warning then', async () => {
    const logged = await startLogged(create, 'warn', { BACKUP_TOKEN: backupToken })
    const restore = await refuseInserts(logged.url, 'audit')
    const answer = await logged.call('GET', '/api/export', { as: backupToken })
    expect([answer.status, answer.json.footer.rows.users]).toEqual([200, 1])
    const warning = logged.log.entries().find(({ msg }) => msg === 'not in the audit log')
    expect(warning).toMatchObject({ level: 40, action: 'data.export', actorKind: 'backup_token' })
    expect(logged.log.text()).not.toContain(backupToken)
    await restore()
    expect(await told(logged)).toEqual([])
  })
})

describe.each(databases)('imports in the audit log on $engine', ({ create }) => {
  const start = () => startService(create)

  /** An instance, and its export from when it had one announcement less. */
  async function twoStates() {
    const at = await start()
    const as = await at.login()
    const older = (await at.call('GET', '/api/export', { as })).text
    await at.call('POST', '/api/announcements', { as, body: { title: 'newer', body: '' } })
    const newer = (await at.call('GET', '/api/export', { as })).text
    const send = (body: string, query = '', headers = {}, token = as) =>
      at.call('POST', `/api/import${query}`, { as: token, body, headers: { ...json, ...headers } })
    return { at, as, older, newer, send }
  }

  const imports = async (at: Caller) =>
    (await told(at)).filter(({ action }: { action: string }) => action === 'data.import')

  it('say what changed, also after everything was replaced', async () => {
    const { at, older, newer, send } = await twoStates()
    const headers = await confirm(at)
    const replaced = await send(older, '?mode=replace&safetyCopy=none', headers)
    expect(replaced.status, replaced.text).toBe(200)
    const merged = await send(newer, '', {}, await at.login())
    expect(merged.status, merged.text).toBe(200)
    const common = { outcome: 'done', actor: by('admin'), object: null, address: '127.0.0.1' }
    const counts = { added: 0, changed: 0, removed: 0 }
    expect(await imports(at)).toMatchObject([
      { ...common, details: { mode: 'merge', tables: 'announcements', ...counts, added: 1 } },
      { ...common, details: { mode: 'replace', tables: 'announcements', ...counts, removed: 1 } },
    ])
  })

  it('are none of a rehearsal, a refused import, or a repeated one', async () => {
    const { at, older, newer, send } = await twoStates()
    expect((await send(newer, '?dryRun=true')).status).toBe(200)
    expect((await send(older.slice(0, -20))).status).toBe(422)
    expect(await imports(at)).toEqual([])
    const key = { 'idempotency-key': 'import-1' }
    const first = await send(newer, '', key)
    const again = await send(newer, '', key)
    expect([again.text, again.headers['idempotent-replayed']]).toEqual([first.text, 'true'])
    expect(await imports(at)).toHaveLength(1)
  })

  it('stay together with what was imported: what cannot be told is not done', async () => {
    const { at, older, newer, send } = await twoStates()
    const headers = await confirm(at)
    const restore = await refuseInserts(at.url, 'audit')
    const refused = await send(older, '?mode=replace&safetyCopy=none', headers)
    expect(refused.status).toBeGreaterThanOrEqual(400)
    await restore()
    expect((await at.call('GET', '/api/export', { as: await at.login() })).text).toBe(newer)
    expect(await imports(at)).toEqual([])
  })

  it('bring the audit log along with the history, and never change an entry of it', async () => {
    const { at, as } = await twoStates()
    const history = (await at.call('GET', '/api/export?include=history', { as })).text
    const other = await start()
    const send = (body: string, query: string, headers: object) =>
      at.call('POST', `/api/import${query}`, { as, body, headers: { ...json, ...headers } })
    const answer = await other.call('POST', '/api/import', {
      as: await other.login(),
      body: history,
      headers: json,
    })
    expect(answer.status, answer.text).toBe(200)
    const asked = { as: await other.login() }
    const found = (await other.call('GET', '/api/audit?action=announcement', asked)).json.items
    expect(found).toMatchObject([{ action: 'announcement.create', actor: { name: 'admin' } }])

    // As somebody would who wants it to have been another: the hashes are right again.
    const { database } = other.app
    await database.unitOfWork({}, async (tx) => {
      await tx.update(database.tables.audit).set({ details: { forged: true } })
    })
    const forged = (await other.call('GET', '/api/export?include=history', asked)).text
    for (const [query, headers] of [
      ['', {}],
      ['?mode=replace&safetyCopy=none', await confirm(at)],
    ] as const) {
      const refused = await send(forged, query, headers)
      expect([refused.status, refused.json.code]).toEqual([422, 'import_immutable'])
      expect(refused.json.detail).toMatch(/^details of the row .* of audit /)
    }
    const entries = (await at.call('GET', '/api/audit?limit=1000', { as: await at.login() })).text
    expect(entries).not.toContain('forged')
  })

  it('are for administrators of now: a token with backup:write of one who was (security 3.8)', async () => {
    const { at, as, older, send } = await twoStates()
    const body = { username: 'grace', password, role: 'admin' }
    const made = await at.call('POST', '/api/users', { as, body })
    expect(made.status, made.text).toBe(201)
    const grace = await at.login('grace')
    const scopes = ['backup:write', 'ops:read']
    const token = (
      await at.call('POST', '/api/tokens', { as: grace, body: { name: 'restore', scopes } })
    ).json.token
    expect((await send(older, '?dryRun=true', {}, token)).status).toBe(200)

    const demote = { as, body: { role: 'editor' } }
    expect((await at.call('PATCH', `/api/users/${made.json.id}`, demote)).status).toBe(200)
    const refused = await send(older, '', {}, token)
    expect([refused.status, refused.json.code]).toEqual([403, 'forbidden'])
    expect((await at.call('GET', '/api/export', { as: token })).status).toBe(403)
    expect((await at.call('GET', '/api/audit', { as: token })).status).toBe(403)
    expect(await imports(at)).toEqual([])
  })
})
