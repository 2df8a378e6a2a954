import { describe, expect, it } from 'vitest'
import { DatabaseError, StartError } from '../src/database/database.errors.ts'
import { whenAvailable } from '../src/start.wait.ts'
import { quiet } from './support/database.options.ts'

const refused = new DatabaseError('unavailable', 'the password is wrong', { code: '28P01' })
const away = new DatabaseError('unavailable', 'nobody listens', { code: 'ECONNREFUSED' })

/** Fails with each error in turn, the last one for ever; `undefined` is success. */
function attempts(errors: (Error | undefined)[]) {
  let made = 0
  return {
    made: () => made,
    work: async (): Promise<string> => {
      const error = errors[Math.min(made++, errors.length - 1)]
      if (error) throw error
      return 'done'
    },
  }
}

function wait(work: () => Promise<string>, refusedForMs: number, signal?: AbortSignal) {
  const lines: object[] = []
  const log = { ...quiet, warn: (details: object) => void lines.push(details) }
  const never = new AbortController()
  const result = whenAvailable(work, {
    log,
    signal: signal ?? never.signal,
    refusedForMs,
    onTrouble: () => undefined,
  })
  return { result, lines }
}

describe('waiting for a database', () => {
  it('ends with what the work gives, as soon as it is there', async () => {
    const { work, made } = attempts([away, away, refused, undefined])
    expect(await wait(work, 60_000).result).toBe('done')
    expect(made()).toBe(4)
  })

  it('ends with 78 when nothing but refusals came for too long', async () => {
    const { work, made } = attempts([refused])
    const error = await wait(work, 1_500).result.catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(StartError)
    expect(error).toMatchObject({ exitCode: 78, cause: refused })
    expect(made()).toBeGreaterThan(2)
  })

  it('ends with 78 at once where no refusal may pass', async () => {
    const { work, made } = attempts([refused])
    await expect(wait(work, 0).result).rejects.toMatchObject({ exitCode: 78 })
    expect(made()).toBe(1)
  })

  it('begins to count anew when something else was in between', async () => {
    const alternating = Array.from({ length: 8 }, (_, n) => (n % 2 ? away : refused))
    const { work } = attempts([...alternating, undefined])
    expect(await wait(work, 1_000).result).toBe('done')
  })

  it('waits for what is only away for as long as it takes, and says so ever more seldom', async () => {
    const { work, made } = attempts([away])
    const over = new AbortController()
    const { result, lines } = wait(work, 0, over.signal)
    const ended = result.catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    over.abort()
    expect(await ended).toMatchObject({ name: 'AbortError' })
    expect(made()).toBeGreaterThan(4)
    expect(made()).toBeLessThan(12)
    expect(lines.length).toBeLessThan(made())
  })

  it('raises everything else at once', async () => {
    const mistake = new Error('a mistake')
    const { work, made } = attempts([mistake])
    await expect(wait(work, 60_000).result).rejects.toBe(mistake)
    expect(made()).toBe(1)
  })
})
