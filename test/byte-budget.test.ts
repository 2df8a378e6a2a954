import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { BusyError, createByteBudget } from '../src/byte-budget.ts'

const never = new AbortController().signal

/** Holds what it is given until it is told to let go. */
function holder(budget: ReturnType<typeof createByteBudget>, log: string[] = []) {
  return (name: string, bytes: number, signal = never) => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const done = budget.use(bytes, signal, async () => {
      log.push(name)
      await held
    })
    return { release, done }
  }
}

describe('a budget of bytes', () => {
  const options = { bytes: 10, queueMax: 3, waitMs: 5_000 }

  it('lets in who fits, and the others in order, also behind one who needs much', async () => {
    const budget = createByteBudget(options)
    const log: string[] = []
    const hold = holder(budget, log)
    const [a, b] = [hold('a', 6), hold('b', 4)]
    const [large, small] = [hold('large', 10), hold('small', 1)]
    await pause(5)
    expect(log).toEqual(['a', 'b'])
    b.release()
    await pause(5)
    expect(log, 'small would fit').toEqual(['a', 'b'])
    a.release()
    await pause(5)
    expect(log).toEqual(['a', 'b', 'large'])
    large.release()
    small.release()
    await Promise.all([large.done, small.done])
    expect(log).toEqual(['a', 'b', 'large', 'small'])
    expect(budget.free()).toBe(10)
  })

  it('gives all that there is to one who needs more', async () => {
    const budget = createByteBudget(options)
    await expect(budget.use(1_000, never, async () => budget.free())).resolves.toBe(0)
    expect(budget.free()).toBe(10)
  })

  it('sends away who finds the queue full, and who waits too long', async () => {
    const budget = createByteBudget({ ...options, waitMs: 20 })
    const hold = holder(budget)
    const first = hold('first', 10)
    const waiting = [1, 2, 3].map((n) => hold(`${n}`, 1).done.catch((error: Error) => error))
    await expect(hold('4', 1).done).rejects.toThrow(BusyError)
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(BusyError)
    expect(budget.waiting()).toBe(0)
    first.release()
    await first.done
    expect(budget.free()).toBe(10)
  })

  it('forgets who goes away, and lets in those behind', async () => {
    const budget = createByteBudget(options)
    const log: string[] = []
    const hold = holder(budget, log)
    const first = hold('first', 5)
    const leaving = new AbortController()
    const [gone, next] = [hold('gone', 10, leaving.signal), hold('next', 5)]
    leaving.abort()
    await expect(gone.done).rejects.toThrow('the sender went away')
    await pause(5)
    expect(log).toEqual(['first', 'next'])
    for (const { release } of [first, next]) release()
    await Promise.all([first.done, next.done])
    expect(budget.free()).toBe(10)
  })

  it('gets back what failing work had', async () => {
    const budget = createByteBudget(options)
    const failing = budget.use(10, never, () => Promise.reject(new Error('it fails')))
    await expect(failing).rejects.toThrow('it fails')
    expect(budget.free()).toBe(10)
  })
})
