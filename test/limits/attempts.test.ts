import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { databaseErrorIn } from '../../src/database/database.errors.ts'
import {
  assertMayAttempt,
  attemptOf,
  recordFailure,
  recordSuccess,
  type Attempt,
} from '../../src/limits/attempts.ts'
import { TooManyAttemptsError } from '../../src/limits/limits.errors.ts'
import { databases } from '../support/databases.ts'
import { startApp, startService } from '../support/service.ts'
import { letPass } from './attempts.fixture.ts'

describe.each(databases)('attempts that all instances count, on $engine', ({ create }) => {
  let instances: FastifyInstance[]
  let one: FastifyInstance
  let other: FastifyInstance

  beforeAll(async () => {
    const { app, url } = await startService(create)
    const second = await startApp({ DATABASE_URL: url })
    await second.started
    instances = [app, second]
    one = app
    other = second
  })

  /** A unit that got no connection in time has not begun. */
  async function untilBegun<Result>(unit: () => Promise<Result>): Promise<Result> {
    try {
      return await unit()
    } catch (error) {
      if (databaseErrorIn(error)?.kind === 'busy') return untilBegun(unit)
      throw error
    }
  }

  const read = (app: FastifyInstance, attempt: Attempt) =>
    told(assertMayAttempt(app.storage.limits, attempt))
  const fail = (app: FastifyInstance, attempt: Attempt) =>
    told(
      untilBegun(() =>
        app.storage.unitOfWork({ alone: attempt.locks }, (tx) => recordFailure(tx.limits, attempt)),
      ),
    )
  const succeed = (app: FastifyInstance, attempt: Attempt) =>
    told(
      untilBegun(() =>
        app.storage.unitOfWork({ alone: attempt.locks }, (tx) => recordSuccess(tx.limits, attempt)),
      ),
    )

  /** Whether the outcome became known, or is withheld. */
  async function told(outcome: Promise<void>): Promise<'told' | TooManyAttemptsError> {
    try {
      await outcome
      return 'told'
    } catch (error) {
      if (error instanceof TooManyAttemptsError) return error
      throw error
    }
  }

  const login = (account: string) => attemptOf({ kind: 'login', account })

  it('tell the outcomes of 5 of 100 guesses that come at once (security 3.1.6)', async () => {
    const attempt = login('many at once')
    const outcomes: unknown[] = []
    for (let round = 0; round < 2; round++) {
      const guesses = Array.from({ length: 50 }, (_, i) => fail(instances[i % 2] ?? one, attempt))
      outcomes.push(...(await Promise.all(guesses)))
    }
    expect(outcomes).toHaveLength(100)
    expect(outcomes.filter((outcome) => outcome === 'told')).toHaveLength(5)
  })

  it('would tell all that passed the first look, if nobody looked again', async () => {
    const attempt = login('first look')
    const looks = Array.from({ length: 20 }, (_, i) => read(instances[i % 2] ?? one, attempt))
    expect(new Set(await Promise.all(looks))).toEqual(new Set(['told']))
  })

  it('withhold a success, too, once the limit is reached, and leave the count as it is', async () => {
    const attempt = login('right too late')
    for (let i = 0; i < 5; i++) expect(await fail(one, attempt)).toBe('told')
    expect(await succeed(other, attempt)).toBeInstanceOf(TooManyAttemptsError)
    expect(await fail(other, attempt)).toBeInstanceOf(TooManyAttemptsError)
    await letPass(one, 60_000)
    expect(await read(other, attempt)).toBe('told')
    expect(await fail(other, attempt)).toBe('told')
    const refused = await read(one, attempt)
    expect(refused).toMatchObject({
      statusCode: 429,
      headers: {
        'retry-after': '120',
        'ratelimit-policy': '"account";q=5;w=900',
        ratelimit: '"account";r=0;t=120',
      },
    })
  })

  it('are cleared by a success', async () => {
    const attempt = login('forgetful')
    for (let i = 0; i < 4; i++) await fail(one, attempt)
    expect(await succeed(other, attempt)).toBe('told')
    for (let i = 0; i < 4; i++) expect(await fail(other, attempt)).toBe('told')
    expect(await read(one, attempt)).toBe('told')
  })

  it('are counted by kind, by account and by network', async () => {
    for (let i = 0; i < 5; i++) await fail(one, login('ada'))
    expect(await read(one, login('ada'))).toBeInstanceOf(TooManyAttemptsError)
    for (const free of [login('grace'), attemptOf({ kind: 'password', account: 'ada' })])
      expect(await read(one, free)).toBe('told')
  })

  it('of one network pass as often as is said, whether they fail or not', async () => {
    const from = (address: string, account?: string) =>
      attemptOf({
        kind: 'register',
        address,
        perMinute: 3,
        ...(account !== undefined && { account }),
      })
    expect(await fail(one, from('2001:db8:1:2::1', 'a'))).toBe('told')
    expect(await succeed(other, from('2001:db8:1:2::2', 'b'))).toBe('told')
    expect(await fail(one, from('2001:db8:1:2::3'))).toBe('told')
    const refused = await read(other, from('2001:db8:1:2::4', 'd'))
    expect(refused).toMatchObject({
      headers: { 'ratelimit-policy': '"logins";q=3;w=60', 'retry-after': expect.any(String) },
    })
    expect(await succeed(one, from('2001:db8:1:2::4', 'd'))).toBeInstanceOf(TooManyAttemptsError)
    expect(await read(one, from('2001:db8:1:3::1', 'd'))).toBe('told')
    await letPass(one, 60_000)
    expect(await read(one, from('2001:db8:1:2::1', 'd'))).toBe('told')
  })

  it('keep neither names nor addresses', async () => {
    await fail(
      one,
      attemptOf({ kind: 'login', account: 'canary', address: '192.0.2.77', perMinute: 9 }),
    )
    const rows = JSON.stringify(await one.database.db.select().from(one.database.tables.limits))
    expect(rows).not.toMatch(/canary|192\.0\.2\.77/)
  })

  it('go when their time is over, a few with each that is written', async () => {
    const { db, tables } = one.database
    for (let i = 0; i < 4; i++) await fail(one, login(`over ${i}`))
    await letPass(one, 3600_000 * 24)
    for (let i = 0; i < 3; i++) await fail(one, login('fresh'))
    expect(await db.select().from(tables.limits)).toHaveLength(1)
  })

  it('keep a row that was over and got a new time while it was about to go', async () => {
    const attempt = login('renewed')
    for (let i = 0; i < 3; i++) await fail(one, attempt)
    await letPass(one, 3600_000)
    await Promise.all([
      ...Array.from({ length: 10 }, (_, i) => fail(other, login(`pruner ${i}`))),
      ...Array.from({ length: 4 }, () => fail(one, attempt)),
    ])
    expect(await fail(one, attempt)).toBe('told')
    expect(await read(one, attempt)).toBeInstanceOf(TooManyAttemptsError)
  })
})
