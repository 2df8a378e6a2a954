import createError from '@fastify/error'

export interface ByteBudgetOptions {
  bytes: number
  /** How many may wait. */
  queueMax: number
  waitMs: number
}

export type ByteBudget = ReturnType<typeof createByteBudget>

const Busy = createError('busy', 'Too many large bodies come in at once. Try again soon.', 503)

export class BusyError extends Busy {
  readonly headers = { 'retry-after': '5' }
}

/**
 * Lets in who needs memory while there is some left, in order: one who needs much is not overtaken for ever by those
 * who need little.
 */
export function createByteBudget({ bytes: total, queueMax, waitMs }: ByteBudgetOptions) {
  const waiting: { need: number; start: () => void }[] = []
  let free = total

  function letIn(): void {
    for (let first = waiting[0]; first && first.need <= free; first = waiting[0]) {
      waiting.shift()
      free -= first.need
      first.start()
    }
  }

  function wait(need: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(gone())
    if (waiting.length >= queueMax) return Promise.reject(new BusyError())
    return new Promise((resolve, reject) => {
      const leave = (error: Error) => {
        waiting.splice(waiting.indexOf(entry), 1)
        settle()
        letIn()
        reject(error)
      }
      const timer = setTimeout(() => leave(new BusyError()), waitMs)
      const aborted = () => leave(gone())
      const settle = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', aborted)
      }
      const entry = {
        need,
        start() {
          settle()
          resolve()
        },
      }
      signal.addEventListener('abort', aborted)
      waiting.push(entry)
    })
  }

  return {
    free: () => free,
    waiting: () => waiting.length,

    /**
     * Runs `work` while so many bytes (or all there are) are set aside for it. Raises `BusyError` when too many wait,
     * or after the wait.
     */
    async use<Result>(
      bytes: number,
      signal: AbortSignal,
      work: () => Promise<Result>,
    ): Promise<Result> {
      const need = Math.min(bytes, total)
      if (waiting.length > 0 || need > free) await wait(need, signal)
      else free -= need
      try {
        return await work()
      } finally {
        free += need
        letIn()
      }
    },
  }
}

/** As when the connection is reset while a body is read: nobody waits for the answer any more. */
export function gone(): Error {
  return Object.assign(new Error('the sender went away'), { code: 'ECONNRESET' })
}
