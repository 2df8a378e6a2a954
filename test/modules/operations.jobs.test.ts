import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { startService, type Service } from '../support/service.ts'
import { day, fill } from '../retention/retention.fixture.ts'

const url = '/api/ops/run/retention'

describe.each(databases)('POST /api/ops/run/:job on $engine', ({ create }) => {
  let service: Service
  let call: Service['call']
  let admin: string

  beforeAll(async () => {
    service = await startService(create)
    call = service.call
    admin = await service.login()
    // The first run, so that none is due by itself, however long the rest takes.
    expect(await jobs()).toEqual([
      {
        name: 'retention',
        startedAt: null,
        endedAt: null,
        outcome: null,
        details: {},
        holder: null,
      },
    ])
    const first = await call('POST', url, { as: admin })
    expect(first.json).toMatchObject({ outcome: 'done', details: {} })
  })

  const jobs = async () => (await call('GET', '/api/ops/health', { as: admin })).json.jobs
  const audited = async () => {
    const { audit } = service.app.database.tables
    const rows = await service.app.database.db.select().from(audit).orderBy(audit.at, audit.id)
    return rows.filter(({ action }) => action === 'job.run')
  }

  it('runs retention, answers when it has ended, and tells the audit log', async () => {
    const before = (await audited()).length
    await fill(service.app, 'limits', { count: 3, agoMs: day })
    const answer = await call('POST', url, { as: admin })
    expect(answer.status, answer.text).toBe(200)
    const { startedAt, endedAt } = answer.json
    expect(answer.json).toEqual({
      job: 'retention',
      outcome: 'done',
      details: { limits: 3 },
      startedAt,
      endedAt,
    })
    expect(startedAt <= endedAt).toBe(true)
    expect(await jobs()).toEqual([
      {
        name: 'retention',
        startedAt,
        endedAt,
        outcome: 'done',
        details: { limits: 3 },
        holder: null,
      },
    ])
    expect((await audited()).slice(before)).toMatchObject([
      {
        actorKind: 'user',
        actorName: 'admin',
        objectKind: 'job',
        objectId: 'retention',
        outcome: 'done',
        details: { outcome: 'done', limits: 3 },
      },
    ])
  })

  it('does nothing twice under an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'nightly' }
    const before = (await audited()).length
    const first = await call('POST', url, { as: admin, headers })
    await fill(service.app, 'limits', { count: 2, agoMs: day })
    const again = await call('POST', url, { as: admin, headers })
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true'])
    expect(again.json).toEqual(first.json)
    expect((await audited()).length).toBe(before + 1)
    const other = await call('POST', '/api/ops/run/none', { as: admin, headers })
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_key_reused'])
    const anew = await call('POST', url, { as: admin })
    expect(anew.json.details).toEqual({ limits: 2 })
  })

  it('is 409 while another has the job, and says who', async () => {
    const now = new Date()
    const until = new Date(now.getTime() + 60_000).toISOString()
    const lease = { job: 'retention', holder: 'srv-2 7 0a1b2c3d', now: now.toISOString(), until }
    await service.app.storage.unitOfWork({}, (tx) => tx.jobs.take(lease))
    const { status, json } = await call('POST', url, { as: admin })
    expect([status, json.code]).toEqual([409, 'job_running'])
    expect(json.detail).toContain('srv-2 7 0a1b2c3d')
    expect((await jobs())[0]).toMatchObject({ holder: 'srv-2 7 0a1b2c3d', outcome: null })
    const ending = { endedAt: now.toISOString(), outcome: 'done' as const, details: {} }
    await service.app.storage.unitOfWork({}, (tx) => tx.jobs.end(lease, ending))
    expect((await call('POST', url, { as: admin })).status).toBe(200)
  })

  it('is 503 while writes are frozen, and deletes nothing then', async () => {
    await fill(service.app, 'limits', { count: 1, agoMs: day })
    await call('POST', '/api/ops/freeze', { as: admin })
    const { status, json } = await call('POST', url, { as: admin })
    await call('POST', '/api/ops/thaw', { as: admin })
    expect([status, json.code]).toEqual([503, 'frozen'])
    expect((await call('POST', url, { as: admin })).json.details).toEqual({ limits: 1 })
  })

  it.each(['nothing', 'constructor', '__proto__'])(
    'is 404 for %s, which is no job',
    async (job) => {
      const { status, json } = await call('POST', `/api/ops/run/${job}`, { as: admin })
      expect([status, json.code]).toEqual([404, 'job_not_found'])
    },
  )

  it('is for administrators', async () => {
    expect((await call('POST', url)).status).toBe(401)
    expect((await call('POST', url, { as: await service.tokenOf('editor') })).status).toBe(403)
  })
})
