interface Waiting {
  begin: () => void
  giveUp: NodeJS.Timeout
}

/**
 * Lets `size` works run at a time; at most `queue` more wait, in order, each up to `waitMs`.
 * Beyond that `refuse` makes the error.
 */
export function createSemaphore(options: {
  size: number
  queue: number
  waitMs: number
  refuse: () => Error
}) {
  const waiting: Waiting[] = []
  let running = 0

  function turn(): Promise<void> {
    if (running < options.size) {
      running += 1
      return Promise.resolve()
    }
    if (waiting.length >= options.queue) return Promise.reject(options.refuse())
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        begin: resolve,
        giveUp: setTimeout(() => {
          waiting.splice(waiting.indexOf(entry), 1)
          reject(options.refuse())
        }, options.waitMs),
      }
      waiting.push(entry)
    })
  }

  function next() {
    const entry = waiting.shift()
    if (!entry) {
      running -= 1
      return
    }
    clearTimeout(entry.giveUp)
    entry.begin()
  }

  return async function limited<Result>(work: () => Promise<Result>): Promise<Result> {
    await turn()
    try {
      return await work()
    } finally {
      next()
    }
  }
}
