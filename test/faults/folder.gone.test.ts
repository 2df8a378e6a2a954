import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it } from 'vitest'
import { createSqlite } from '../support/databases.ts'
import { startService } from '../support/service.ts'

it('a service whose data folder is gone says so of its export, and is not ready until it is back', async () => {
  const { call, login, url } = await startService(createSqlite)
  const as = await login()
  const folder = dirname(url.slice('sqlite:///'.length))
  const ready = async () => (await call('GET', '/health/ready')).status
  expect((await call('GET', '/api/export', { as })).status).toBe(200)
  expect(await ready()).toBe(200)

  renameSync(folder, `${folder}.away`)
  try {
    const answer = await call('GET', '/api/export', { as })
    expect([answer.status, answer.json.code]).toEqual([503, 'database_unavailable'])
    expect(await ready()).toBe(503)
    // Its file can still be read, by those who have it open: that is no proof of anything.
    expect((await call('GET', '/api/announcements')).status).toBe(503)
    expect(await ready()).toBe(503)
  } finally {
    renameSync(`${folder}.away`, folder)
  }
  await expect.poll(ready, { timeout: 10_000 }).toBe(200)
  expect((await call('GET', '/api/export', { as })).status).toBe(200)
})
