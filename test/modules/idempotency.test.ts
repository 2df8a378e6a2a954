import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { password, startService, type Service } from '../support/service.ts'

describe.each(databases)('Idempotency-Key on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let editor: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    editor = await service.tokenOf('editor')
  })

  const publish = (key: string, title: string, as = editor) =>
    call('POST', '/api/announcements', {
      as,
      headers: { 'idempotency-key': key },
      body: { title, body: '' },
    })

  async function count(title: string): Promise<number> {
    const { db, tables } = service.app.database
    return (await db.select().from(tables.announcements)).filter((row) => row.title === title)
      .length
  }

  it('gives the first answer again, and changes nothing twice', async () => {
    const first = await publish('key-1', 'once')
    const again = await publish('key-1', 'once')
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.text).toBe(first.text)
    expect(again.headers.location).toBe(first.headers.location)
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(await count('once')).toBe(1)
  })

  it('lets those that come at once wait for the first, and gives all one answer', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => publish('key-2', 'at once')))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(await count('at once')).toBe(1)
  })

  it('refuses another request under the key', async () => {
    await publish('key-3', 'one')
    const other = await publish('key-3', 'other')
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused'])
    expect(await count('other')).toBe(0)
  })

  it('knows callers apart', async () => {
    const other = await service.tokenOf('editor')
    await publish('key-4', 'mine and yours')
    expect((await publish('key-4', 'mine and yours', other)).status).toBe(201)
    expect(await count('mine and yours')).toBe(2)
  })

  it('keeps nothing of a request that was refused', async () => {
    expect((await publish('key-5', 'refused', await service.tokenOf('member'))).status).toBe(403)
    const patch = () =>
      call('PATCH', '/api/announcements/nothing', {
        as: editor,
        headers: { 'idempotency-key': 'key-6' },
        body: { title: 'x' },
      })
    expect((await patch()).status).toBe(404)
    expect((await patch()).headers['idempotent-replayed']).toBeUndefined()
  })

  it('seals an answer that holds a token, and opens it with the key alone', async () => {
    const login = () =>
      call('POST', '/api/auth/login', {
        headers: { 'idempotency-key': 'a-login-of-mine' },
        body: { username: 'admin', password },
      })
    const [first, again] = [await login(), await login()]
    expect(again.json.token).toBe(first.json.token)
    const { db, tables } = service.app.database
    const kept = JSON.stringify(await db.select().from(tables.idempotency))
    for (const secret of [first.json.token, 'a-login-of-mine', password, 'admin']) {
      expect(kept).not.toContain(secret)
    }
  })

  it.each(['', 'a b', 'ä', 'x'.repeat(256)])('refuses the key "%s"', async (key) => {
    const answer = await publish(key, 'bad key')
    expect(answer.status).toBe(400)
    expect(await count('bad key')).toBe(0)
  })
})
