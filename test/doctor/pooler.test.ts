import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgres } from '../support/databases.ts'
import { pgbouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { startProcess } from '../support/process.ts'
import { examine, expectHealthy } from './doctor.fixture.ts'

// Where pgbouncer is not installed there is no transaction pooler to try: `apt-get install pgbouncer`.
describe.skipIf(!pgbouncer)('a pooler before PostgreSQL', () => {
  let direct: string
  const stops: (() => Promise<void>)[] = []

  const start = async (mode: 'transaction' | 'session', poolSize = 3) => {
    const pooler = await startPgBouncer({ url: direct, mode, poolSize })
    stops.push(() => pooler.stop())
    return pooler.url
  }

  beforeAll(async () => {
    direct = (await createPostgres()).url
  })
  afterAll(async () => {
    for (const stop of stops) await stop()
  })

  it.each([
    ['transaction', 1],
    ['transaction', 3],
    ['session', 3],
  ] as const)(
    'is well in %s mode with %i connections, and its mode is told',
    async (mode, size) => {
      const { step } = await expectHealthy(await start(mode, size))
      expect(step('pooler')!.says).toContain(`in ${mode} mode`)
    },
  )

  it('is not seen where none is', async () => {
    const { step } = await expectHealthy(direct)
    expect(step('pooler')!.says).toContain('no pooler')
  })

  it('is told to be in a mode that does not show, where there is but one connection', async () => {
    const { step } = await examine(await start('session', 1))
    expect(step('pooler')).toMatchObject({ ok: true })
    expect(step('pooler')!.says).toContain('mode does not show')
  })

  it('fails with named statements, and passes once the setting is taken away', async () => {
    const pooled = await start('transaction')
    const { failed } = await examine(pooled, { DATABASE_POOL_MODE: 'direct' })
    expect(failed).toMatchObject([
      {
        step: 'pooler',
        says: expect.stringContaining('named statements'),
        remedy: expect.stringContaining('DATABASE_POOL_MODE'),
      },
    ])
    await expectHealthy(pooled)
    await expectHealthy(pooled, { DATABASE_POOL_MODE: 'transaction' })
    const service = await startProcess({ DATABASE_URL: pooled })
    await service.ready()
    expect(await service.stop()).toEqual({ code: 0, signal: null })
  })

  it('is told from the database behind it, when that is missing', async () => {
    const address = (await start('transaction')).replace(/\/[^/]+$/, '/nosuch')
    const { failed } = await examine(address)
    expect(failed).toHaveLength(1)
    expect(failed[0]).toMatchObject({ says: expect.stringContaining('nosuch') })
  })
})
