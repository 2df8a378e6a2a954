import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a download of a spec's document; written later, together with others. */
    countDownload: (specId: string) => void
  }
}

const flushMs = 5_000
/** So many different specs are not waited for: a megabyte. */
const specsMost = 10_000
/** How many one unit writes, in some milliseconds, for others wait meanwhile. */
const specsAtOnce = 500

/** Keeps counts of downloads in memory and writes them in batches, and at the end. What a crash loses is lost. */
export default fp(
  (app) => {
    let counts = new Map<string, number>()
    let timer: NodeJS.Timeout | undefined
    let flushing: Promise<void> | undefined

    function add(specId: string, count: number) {
      counts.set(specId, (counts.get(specId) ?? 0) + count)
      timer ??= setTimeout(begin, flushMs).unref()
    }

    function begin() {
      flushing ??= flush().finally(() => (flushing = undefined))
    }

    async function flush(): Promise<void> {
      clearTimeout(timer)
      timer = undefined
      const all = [...counts]
      counts = new Map()
      for (let at = 0; at < all.length; at += specsAtOnce) {
        const batch = all.slice(at, at + specsAtOnce)
        try {
          await app.storage.unitOfWork({}, (tx) => tx.downloads.add(new Map(batch)))
        } catch (error) {
          app.log.debug({ err: error }, 'downloads not written yet')
          for (const [specId, count] of all.slice(at)) add(specId, count)
          return
        }
      }
    }

    app.decorate('countDownload', (specId) => {
      add(specId, 1)
      if (counts.size >= specsMost) begin()
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
