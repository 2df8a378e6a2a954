import { describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { createSqlite } from '../support/databases.ts'
import { clientOf, startApp } from '../support/service.ts'
import { mountsOf, type Machine } from './machine.fixture.ts'

async function serviceOn(machine: Machine) {
  const { url } = await createSqlite()
  const app = await startApp({ DATABASE_URL: url }, mountsOf(machine))
  await app.started
  return clientOf(app)
}

describe('a service in a container without a volume', () => {
  it('is degraded, and warns in the answer to every write and of no read', async () => {
    const { call, login } = await serviceOn('container')
    const { json, headers } = await call('GET', '/health')
    expect([json.status, json.storage.durability]).toEqual(['degraded', 'ephemeral'])
    expect(headers).not.toHaveProperty('warning')
    expect((await call('GET', '/health/ready')).status).toBe(200)

    const as = await login()
    const warning = '299 - "What is stored here does not last: it is a part of the container."'
    const body = { title: 't', body: '' }
    const created = await call('POST', '/api/announcements', { as, body })
    const url = `/api/announcements/${created.json.id}`
    const answers = [
      created,
      await call('PATCH', url, { as, body: { pinned: true } }),
      await call('DELETE', url, { as }),
      await call('POST', '/api/announcements', { body }),
      await call('POST', '/api/announcements', { as, body: { nonsense: 1 } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 204, 401, 400])
    for (const { headers } of answers) expect(headers['warning']).toBe(warning)
    for (const url of ['/api/announcements', '/api/me', '/', '/openapi.json'])
      expect((await call('GET', url, { as })).headers).not.toHaveProperty('warning')
  })

  it('says so once in the log, and a service on a disk does not', async () => {
    const logged = async (machine: Machine) => {
      const lines: string[] = []
      const config = readConfig({ SQLITE_PATH: '/app/data/x.db' }, '/', mountsOf(machine))
      // Nothing is to be made there.
      const target = { kind: 'sqlite' as const, file: ':memory:' }
      const stream = { write: (line: string) => lines.push(line) }
      const app = await buildApp({ ...config, target }, { level: 'warn', stream })
      await app.close()
      return lines.filter((line) => line.includes('does not last'))
    }
    expect(await logged('container')).toHaveLength(1)
    expect(await logged('containerWithVolume')).toEqual([])
  })
})

describe('a service on a disk', () => {
  it('is local and healthy, and warns of nothing', async () => {
    const { call } = await serviceOn('microVm')
    const { json } = await call('GET', '/health')
    expect([json.status, json.storage.durability]).toEqual(['healthy', 'local'])
    const refused = await call('POST', '/api/announcements', { body: {} })
    expect(refused.headers).not.toHaveProperty('warning')
  })
})
