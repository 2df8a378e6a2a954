import { DatabaseError } from './database/database.errors.ts'

export interface SemaphoreOptions {
  /** How many have a turn at the same time. */
  slots: number
  /** How many may wait for one. */
  queueMax: number
  waitMs: number
  /** Asked when somebody has waited for so long: true lets him wait as long again, once. */
  longer?: () => boolean
  /** What they wait for, in the sentence that sends them away. */
  what: string
}

export type Semaphore = ReturnType<typeof createSemaphore>

/** A semaphore whose queue is bounded in length and in time, and served in order. */
export function createSemaphore({ slots, queueMax, waitMs, longer, what }: SemaphoreOptions) {
  const waiting: { start: () => void; refuse: (error: Error) => void }[] = []
  let taken = 0
  let timeouts = 0
  let closed: Error | undefined

  return {
    taken: () => taken,
    waiting: () => waiting.length,
    /** How many gave up, or were sent away from a full queue. */
    timeouts: () => timeouts,

    /** Takes a turn at once, or says that there is none. */
    take(): boolean {
      if (closed || taken >= slots) return false
      taken++
      return true
    },

    /** Waits for a turn. Raises `DatabaseError` (`busy`) when the queue is full, or after the wait. */
    wait(): Promise<void> {
      if (closed) return Promise.reject(closed)
      if (waiting.length >= queueMax) {
        timeouts++
        return Promise.reject(busy(`too many wait for ${what}`))
      }
      return new Promise((resolve, reject) => {
        const entry = {
          start() {
            clearTimeout(timer)
            resolve()
          },
          refuse(error: Error) {
            clearTimeout(timer)
            reject(error)
          },
        }
        const giveUp = () => {
          waiting.splice(waiting.indexOf(entry), 1)
          timeouts++
          reject(busy(`${what} did not become free in time`))
        }
        let timer = setTimeout(() => {
          if (longer?.()) timer = setTimeout(giveUp, waitMs)
          else giveUp()
        }, waitMs)
        waiting.push(entry)
      })
    },

    /** Ends a turn: it passes to whoever waits longest. */
    leave() {
      const next = waiting.shift()
      if (next) next.start()
      else taken--
    },

    /** Refuses everybody who waits, and everybody to come. */
    close(error: Error) {
      closed = error
      for (const { refuse } of waiting.splice(0)) refuse(error)
    },
  }
}

function busy(message: string): DatabaseError {
  return new DatabaseError('busy', message, { outcome: 'none' })
}
