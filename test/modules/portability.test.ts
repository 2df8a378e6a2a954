import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportedTables } from '../../src/portability/registry.ts'
import { databases } from '../support/databases.ts'
import { password, startService, type Service } from '../support/service.ts'

const backupToken = 'b'.repeat(40)
const secretKeys = `k1:${'s'.repeat(40)}`

describe.each(databases)('export and import on $engine', ({ create, engine }) => {
  let service: Service
  let call: Service['call']
  let admin: string
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-test-data-'))
    service = await start({ BACKUP_TOKEN: backupToken })
    call = service.call
    admin = await service.login()
    await call('POST', '/api/announcements', { as: admin, body: { title: 'kept', body: '“”' } })
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const start = (environment: Record<string, string> = {}) =>
    startService(create, { SQLITE_PATH: join(folder, 'unused.db'), ...environment })

  const exported = (at = service, as = admin, query = '') =>
    at.call('GET', `/api/export${query}`, { as })

  function send(at: Service, as: string, body: string | Buffer, query = '', headers = {}) {
    const type = { 'content-type': 'application/json' }
    return at.call('POST', `/api/import${query}`, { as, body, headers: { ...type, ...headers } })
  }

  describe('GET /api/export', () => {
    it('streams one document, to be kept by nobody on the way', async () => {
      const answer = await exported()
      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(answer.headers['content-disposition']).toMatch(
        /^attachment; filename="holdfast-.*\.json"$/,
      )
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.headers['x-holdfast-engine']).toBe(engine)
      expect(answer.headers['x-holdfast-instance']).toBe(
        (await call('GET', '/health')).json.instanceId,
      )
      expect(answer.json.format).toBe('holdfast.export/1')
      expect(Object.keys(answer.json.tables)).toEqual(exportedTables(false).map(({ name }) => name))
      expect(answer.json.footer.credentials).toBe('omitted')
      expect(answer.text).not.toMatch(/argon2|sealed:|tokenHash|hf_|session/)
    })

    it('gives the same bytes twice, and unpacked from gzip', async () => {
      const [one, other] = [await exported(), await exported()]
      expect(other.text).toBe(one.text)
      const packed = await service.app.inject({
        url: '/api/export',
        headers: { authorization: `Bearer ${admin}`, 'accept-encoding': 'gzip' },
      })
      expect(packed.headers['content-encoding']).toBe('gzip')
      expect(gunzipSync(packed.rawPayload).toString()).toBe(one.text)
      for (const [accept, encoding] of [
        ['gzip;q=0', undefined],
        ['br, gzip;q=0.0', undefined],
        ['identity', undefined],
        ['br;q=1, gzip;q=0.5', 'gzip'],
      ]) {
        const headers = { 'accept-encoding': String(accept) }
        const answer = await call('HEAD', '/api/export', { as: admin, headers })
        expect(answer.headers['content-encoding'], accept).toBe(encoding)
      }
    })

    it('opens to BACKUP_TOKEN, which opens nothing else', async () => {
      expect((await exported(service, backupToken)).status).toBe(200)
      expect((await exported(service, 'b'.repeat(39))).status).toBe(401)
      for (const [method, url] of [
        ['GET', '/api/me'],
        ['GET', '/api/ops/health'],
        ['GET', '/api/announcements'],
        ['POST', '/api/import'],
        ['POST', '/api/ops/freeze'],
      ] as const) {
        expect((await call(method, url, { as: backupToken })).status, url).toBe(401)
      }
    })

    it('knows no BACKUP_TOKEN when there is none', async () => {
      const other = await start()
      for (const token of ['', 'undefined', 'null', backupToken]) {
        expect((await other.call('GET', '/api/export', { as: token })).status).toBe(401)
      }
    })

    it('refuses guests, members, editors, and queries that it does not know', async () => {
      expect((await call('GET', '/api/export')).status).toBe(401)
      for (const role of ['member', 'editor'] as const) {
        expect((await exported(service, await service.tokenOf(role))).status).toBe(403)
      }
      const bad = await call('GET', '/api/export?limit=10', { as: admin })
      expect([bad.status, bad.json.errors[0].parameter]).toEqual([400, 'limit'])
    })
  })

  describe('POST /api/import', () => {
    it('brings everything into another instance, byte for byte', async () => {
      const document = (await exported()).text
      const other = await start()
      const token = await other.login()
      const answer = await send(other, token, document)
      expect(answer.status, answer.text).toBe(200)
      expect(answer.json).toMatchObject({ dryRun: false, mode: 'merge' })
      expect(answer.json.tables.announcements).toMatchObject({ added: 1, removed: 0 })
      // The bootstrap administrator was adopted: his session goes on, and nothing of him is left over.
      expect((await other.call('GET', '/api/me', { as: token })).status).toBe(200)
      expect((await exported(other, token)).text).toBe(document)
      expect(await other.login()).toMatch(/^hf_/)
    })

    it.each([
      ['gzip', (text: string) => gzipSync(text)],
      ['white space', (text: string) => JSON.stringify(JSON.parse(text), null, 4)],
    ])('takes %s', async (_what, change) => {
      const answer = await send(service, admin, change((await exported()).text))
      expect(answer.status, answer.text).toBe(200)
      expect(answer.json.tables.announcements).toMatchObject({ added: 0, changed: 0, same: 1 })
    })

    it('lets people log in again where the same SECRET_KEYS are', async () => {
      const sealed = await start({ SECRET_KEYS: secretKeys })
      const token = await sealed.login()
      await sealed.call('POST', '/api/users', { as: token, body: { username: 'ada', password } })
      const document = (await exported(sealed, token)).text
      expect(document).toContain('"credentials":"sealed"')
      expect(document).not.toContain('argon2')

      const same = await start({ SECRET_KEYS: `k2:${'n'.repeat(40)},${secretKeys}` })
      expect((await send(same, await same.login(), document)).status).toBe(200)
      expect(await same.login('ada')).toMatch(/^hf_/)

      const wrong = await start({ SECRET_KEYS: `k9:${'w'.repeat(40)}` })
      const refused = await send(wrong, await wrong.login(), document)
      expect([refused.status, refused.json.code]).toEqual([422, 'import_unknown_key'])
      expect(refused.json.detail).toContain('k1')
      await expect(wrong.login('ada')).rejects.toThrow('401')
    })

    describe('refuses, and changes nothing,', () => {
      const cases: [string, string, (text: string) => string][] = [
        ['a truncated export', 'import_incomplete', (text) => text.slice(0, -40)],
        [
          'one that was cut at a row',
          'import_incomplete',
          (text) => text.slice(0, text.indexOf('"announcements"')),
        ],
        ['an edited row', 'import_hash_mismatch', (text) => text.replace('kept', 'KEPT')],
        [
          'an edited footer',
          'import_hash_mismatch',
          (text) => text.replace(/"total":"./, '"total":"x'),
        ],
        ['a foreign document', 'import_foreign', () => '{"openapi":"3.1.0","paths":{}}'],
        [
          'one of a newer schema',
          'import_newer_schema',
          (text) => text.replace(/"version":\d+/, '"version":999'),
        ],
        [
          'one of another schema',
          'import_foreign_schema',
          (text) => text.replace(/"hash":"..../, '"hash":"0000'),
        ],
        [
          'an unknown field',
          'import_row',
          (text) => text.replace('"pinned"', '"extra":1,"pinned"'),
        ],
        ['what is not JSON', 'import_not_json', () => '{"format": hello}'],
        ['nothing', 'import_incomplete', () => ''],
      ]

      it.each(cases)('%s: %s', async (_what, code, change) => {
        const before = (await exported()).text
        const answer = await send(service, admin, change(before))
        expect([answer.status, answer.json.code], answer.text).toEqual([422, code])
        expect((await exported()).text).toBe(before)
      })

      it('reordered rows', async () => {
        await service.tokenOf('member')
        const before = (await exported()).text
        const lines = before.split('\n')
        const first = lines.indexOf('"users":[') + 1
        ;[lines[first], lines[first + 1]] = [lines[first + 1] ?? '', lines[first] ?? '']
        const answer = await send(service, admin, lines.join('\n'))
        expect([answer.status, answer.json.code]).toEqual([422, 'import_order'])
        expect((await exported()).text).toBe(before)
      })

      it('a name that belongs to another user here, until told to map', async () => {
        const other = await start()
        const token = await other.login()
        await other.call('POST', '/api/users', { as: token, body: { username: 'twin', password } })
        const document = (await exported(other, token)).text
        const here = await start()
        const mine = await here.login()
        await here.call('POST', '/api/users', { as: mine, body: { username: 'twin', password } })
        const refused = await send(here, mine, document)
        expect([refused.status, refused.json.code]).toEqual([422, 'import_user_conflict'])
        expect(refused.json.detail).toContain('twin')
        expect((await send(here, mine, document, '?onUserConflict=map')).status).toBe(200)
      })
    })

    it('is for administrators', async () => {
      const document = (await exported()).text
      expect((await call('POST', '/api/import', { body: document })).status).toBe(401)
      expect((await send(service, await service.tokenOf('editor'), document)).status).toBe(403)
    })

    it.each(['?mode=append', '?dryRun=perhaps', '?limit=1', '?mode=merge&mode=merge'])(
      'refuses %s',
      async (query) => {
        expect((await send(service, admin, '{}', query)).status).toBe(400)
      },
    )

    it('refuses other media types, and more than IMPORT_MAX_BYTES, packed or not', async () => {
      const type = { 'content-type': 'text/html' }
      expect((await send(service, admin, '{}', '', type)).status).toBe(415)
      const small = await start({ IMPORT_MAX_BYTES: '2000' })
      const token = await small.login()
      const large = ' '.repeat(3000)
      const answer = await send(small, token, large)
      expect([answer.status, answer.json.code]).toEqual([413, 'body_too_large'])
      expect((await send(small, token, gzipSync(large))).status).toBe(413)
    })

    it('tells with dryRun what it would do, and does nothing', async () => {
      const document = (await exported()).text
      const other = await start()
      const token = await other.login()
      const before = (await exported(other, token)).text
      const rehearsed = await send(other, token, document, '?dryRun=true')
      expect(rehearsed.json.dryRun).toBe(true)
      expect((await exported(other, token)).text).toBe(before)
      const done = await send(other, token, document)
      expect(done.json.tables).toEqual(rehearsed.json.tables)
    })
  })

  describe('POST /api/import under an Idempotency-Key', () => {
    const key = { 'idempotency-key': 'import-1' }

    /** An instance, its administrator, and an older and a newer state of it. */
    async function twoStates() {
      const at = await start()
      const as = await at.login()
      const publish = (title: string) =>
        at.call('POST', '/api/announcements', { as, body: { title, body: '' } })
      await publish('first')
      const older = (await exported(at, as)).text
      await publish('second')
      return { at, as, older, newer: (await exported(at, as)).text }
    }

    const kept = async ({ app }: Service) => {
      const { db, tables } = app.database
      return (await db.select().from(tables.idempotency)).length
    }

    it('gives the first answer again, however the document is printed, and applies nothing', async () => {
      const { older, newer } = await twoStates()
      const target = await start()
      const token = await target.login()
      // The bootstrap administrator is adopted first: a key belongs to its caller.
      await send(target, token, older)
      const first = await send(target, token, newer, '', key)
      expect(first.status, first.text).toBe(200)
      expect(first.headers['idempotent-replayed']).toBeUndefined()
      expect(first.json.tables.announcements).toMatchObject({ added: 1, same: 1 })
      const pretty = JSON.stringify(JSON.parse(newer), null, 2)
      for (const document of [newer, pretty, gzipSync(newer)]) {
        const again = await send(target, token, document, '', key)
        expect([again.status, again.text]).toEqual([200, first.text])
        expect(again.headers['idempotent-replayed']).toBe('true')
      }
      expect(await kept(target)).toBe(1)
    })

    it('refuses another document, or another query, under the key', async () => {
      const { at, as, older, newer } = await twoStates()
      expect((await send(at, as, older, '', key)).status).toBe(200)
      for (const [document, query] of [
        [newer, ''],
        [older, '?onUserConflict=map'],
      ] as const) {
        const answer = await send(at, as, document, query, key)
        expect([answer.status, answer.json.code]).toEqual([422, 'idempotency_key_reused'])
      }
      expect((await exported(at, as)).text).toBe(newer)
    })

    it('refuses a key that is none before it reads the document', async () => {
      const { at, as } = await twoStates()
      const answer = await send(at, as, 'no document', '', { 'idempotency-key': 'a b' })
      expect([answer.status, answer.json.code]).toEqual([400, 'invalid_idempotency_key'])
    })

    it('keeps nothing of a rehearsal, nor of an import that was refused', async () => {
      const { at, as, older } = await twoStates()
      const rehearsed = await send(at, as, older, '?dryRun=true', key)
      expect([rehearsed.status, rehearsed.json.dryRun]).toEqual([200, true])
      expect((await send(at, as, older.slice(0, -10), '', key)).status).toBe(422)
      expect(await kept(at)).toBe(0)
      const done = await send(at, as, older, '', key)
      expect([done.status, done.headers['idempotent-replayed']]).toEqual([200, undefined])
    })

    it('keeps the answer to a replacement, which forgets all others', async () => {
      const { at, as, older } = await twoStates()
      const body = { title: 'third', body: '' }
      await at.call('POST', '/api/announcements', { as, body, headers: key })
      expect(await kept(at)).toBe(1)
      const confirm = String((await at.call('GET', '/health')).json.instanceId)
      const headers = { 'idempotency-key': 'replace-1', 'x-confirm-replace': confirm }
      const first = await send(at, as, older, '?mode=replace', headers)
      expect(first.status, first.text).toBe(200)
      expect(await kept(at)).toBe(1)
      const copies = readdirSync(folder).length
      const again = await send(at, await at.login(), older, '?mode=replace', headers)
      expect([again.text, again.headers['idempotent-replayed']]).toEqual([first.text, 'true'])
      expect(readdirSync(folder)).toHaveLength(copies)
    })
  })

  describe('POST /api/import?mode=replace', () => {
    const confirm = async (at: Service) => ({
      'x-confirm-replace': String((await at.call('GET', '/health')).json.instanceId),
    })

    /** An export whose administrator is the one of `at`, so that he can log in afterwards. */
    async function ownOlderState(at: Service, as: string): Promise<string> {
      const document = (await exported(at, as)).text
      await at.call('POST', '/api/announcements', { as, body: { title: 'newer', body: '' } })
      return document
    }

    it('wants the instance’s id', async () => {
      const document = (await exported()).text
      for (const headers of [{}, { 'x-confirm-replace': 'yes' }]) {
        const answer = await send(service, admin, document, '?mode=replace', headers)
        expect([answer.status, answer.json.code]).toEqual([412, 'confirm_replace'])
      }
    })

    it('makes everything as it was, and keeps what was there in a file', async () => {
      const other = await start()
      const token = await other.login()
      const older = await ownOlderState(other, token)
      const newer = (await exported(other, token, '?include=history')).text
      const answer = await send(other, token, older, '?mode=replace', await confirm(other))
      expect(answer.status, answer.text).toBe(200)
      expect(answer.json.tables.announcements.removed).toBe(1)
      // Everyone logs in anew.
      expect((await other.call('GET', '/api/me', { as: token })).status).toBe(401)
      expect((await exported(other, await other.login())).text).toBe(older)
      const kept = answer.json.safetyCopy
      expect(statSync(kept).mode & 0o777).toBe(0o600)
      expect(gunzipSync(readFileSync(kept)).toString()).toBe(newer)
    })

    it('refuses what would lock every administrator out', async () => {
      const document = (await exported()).text
      const other = await start()
      const token = await other.login()
      const answer = await send(other, token, document, '?mode=replace', await confirm(other))
      expect([answer.status, answer.json.code]).toEqual([409, 'would_lock_out'])
      expect((await other.call('GET', '/api/me', { as: token })).status).toBe(200)
    })

    it('refuses without a place for the copy, unless told to do without', async () => {
      // There the disk is wiped at every deploy.
      const other = await start({ RENDER: 'true', ALLOW_EPHEMERAL_SQLITE: '1' })
      const token = await other.login()
      const older = await ownOlderState(other, token)
      const refused = await send(other, token, older, '?mode=replace', await confirm(other))
      expect([refused.status, refused.json.code]).toEqual([409, 'no_safety_copy'])
      const query = '?mode=replace&safetyCopy=none'
      const copies = readdirSync(folder).length
      expect((await send(other, token, older, query, await confirm(other))).status).toBe(200)
      expect(readdirSync(folder)).toHaveLength(copies)
    })
  })
})
