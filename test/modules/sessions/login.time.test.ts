import { randomUUIDv7 } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { newUser } from '../../../src/modules/users/new-user.ts'
import { databases } from '../../support/databases.ts'
import { password, startService, type Service } from '../../support/service.ts'
import { report, trials } from '../../support/trials.ts'

/** Passwords that were verified since the last sample, and whether those of nobody are to be. */
const verified = vi.hoisted(() => ({ count: 0, hashes: new Set<unknown>(), naive: false }))

vi.mock(import('@node-rs/argon2'), async (importOriginal) => {
  const argon2 = await importOriginal()
  return {
    ...argon2,
    verify: (hash, secret) => {
      if (verified.naive && !verified.hashes.has(hash)) return Promise.resolve(false)
      verified.count++
      return argon2.verify(hash, secret)
    },
  }
})

/** Of each kind, so that the two together are as many as asked for. */
const samples = Math.ceil(trials(12) / 2)
const enough = 100
const timeout = 30_000 + samples * 1000

describe.each(databases)(
  'the time of a refused login on $engine (reliability F7)',
  ({ create }) => {
    let service: Service

    beforeAll(async () => {
      service = await startService(create)
      const user = await newUser({ username: 'known-0', password, role: 'member' })
      verified.hashes.add(user.passwordHash)
      // An account of its own for each sample: none comes near its limit.
      await service.app.storage.unitOfWork({ deadline: 'bulk' }, async (tx) => {
        for (let i = 0; i < samples * 2; i++) {
          await tx.users.create({ ...user, id: randomUUIDv7(), username: `known-${i}` })
        }
      })
    })
    afterEach(() => {
      verified.naive = false
    })

    async function timeOf(username: string): Promise<number> {
      verified.count = 0
      const begun = performance.now()
      const { status } = await service.call('POST', '/api/auth/login', {
        body: { username, password: 'not the password' },
      })
      const ms = performance.now() - begun
      expect(status).toBe(401)
      return ms
    }

    /** Known and unknown by turns, in milliseconds. */
    async function interleaved(from: number) {
      const times = { known: [] as number[], unknown: [] as number[] }
      for (let i = from; i < from + samples; i++) {
        times.known.push(await timeOf(`known-${i}`))
        expect(verified.count).toBe(1)
        times.unknown.push(await timeOf(`unknown-${i}`))
        expect(verified.count).toBe(verified.naive ? 0 : 1)
      }
      const figures = Object.fromEntries(
        Object.entries(times).map(([kind, all]) => [
          kind,
          { min: Math.min(...all), median: median(all) },
        ]),
      )
      return {
        ...figures,
        samples,
        ks: distance(times.known, times.unknown),
        ksAt1Percent: 1.63 * Math.sqrt(2 / samples),
        apart: Math.min(...times.known) - Math.min(...times.unknown),
      }
    }

    it(
      'is that of one hash, whether or not there is such a user (security 3.1.5)',
      { timeout },
      async () => {
        const figures = await interleaved(0)
        report('login, unknown user and wrong password', figures)
        if (samples >= enough) expect(Math.abs(figures.apart)).toBeLessThan(2)
      },
    )

    it('would tell who is known, if nobody’s password were not checked', { timeout }, async () => {
      verified.naive = true
      const figures = await interleaved(samples)
      report('login, without the hash of nobody', figures)
      if (samples >= enough) expect(figures.apart).toBeGreaterThan(5)
    })
  },
)

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The statistic of Kolmogorov and Smirnov: how far two distributions are apart at most. */
function distance(one: number[], other: number[]): number {
  const below = (values: number[], limit: number) =>
    values.filter((value) => value <= limit).length / values.length
  return Math.max(...[...one, ...other].map((at) => Math.abs(below(one, at) - below(other, at))))
}
