import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a download of a spec's document; written later, together with others. */
    countDownload: (specId: string) => void
  }
}

const flushMs = 10_000
/** How many different specs one unit takes: others want to write, too. */
const specsAtOnce = 1_000
/** What is kept at most while the database is away: of further specs nothing is counted. */
const specsMost = 50_000

/** Keeps counts of downloads in memory and writes them in batches, and at the end. What a crash loses is lost. */
export default fp(
  (app) => {
    const counts = new Map<string, number>()
    let timer: NodeJS.Timeout | undefined
    let flushing: Promise<void> | undefined

    function flush(): Promise<void> {
      clearTimeout(timer)
      timer = undefined
      return (flushing ??= write().finally(() => {
        flushing = undefined
        if (counts.size > 0) flushLater()
      }))
    }

    function flushLater() {
      timer ??= setTimeout(() => void flush(), flushMs).unref()
    }

    async function write(): Promise<void> {
      const taken = [...counts]
      try {
        while (taken.length > 0) {
          const batch = new Map(taken.slice(-specsAtOnce))
          await app.storage.unitOfWork({}, (tx) => tx.downloads.add(batch))
          taken.length -= batch.size
          forget(batch)
        }
      } catch (error) {
        app.log.debug({ err: error }, 'downloads not written yet')
      }
    }

    /** What came meanwhile stays. */
    function forget(written: ReadonlyMap<string, number>) {
      for (const [specId, count] of written) {
        const left = (counts.get(specId) ?? 0) - count
        if (left > 0) counts.set(specId, left)
        else counts.delete(specId)
      }
    }

    app.decorate('countDownload', (specId) => {
      const count = counts.get(specId)
      if (count === undefined && counts.size >= specsMost) return
      counts.set(specId, (count ?? 0) + 1)
      flushLater()
    })

    // Runs before the database's, which was there first.
    app.addHook('onClose', async () => {
      await flushing
      if (counts.size > 0) await flush()
      clearTimeout(timer)
    })
  },
  { name: 'downloads', dependencies: ['storage'] },
)
