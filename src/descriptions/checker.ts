import {
  type CheckerThread,
  startThread,
  type ThreadLimits,
  threadLimits,
} from './checker.thread.ts'
import type { CheckedDocument } from './description.ts'
import { DescriptionError } from './description.errors.ts'

export interface CheckerOptions {
  /** The longest document that is looked at. */
  maxBytes: number
  log: { warn: (details: object, message: string) => void }
  /** For tests; what one document may take. */
  limits?: Partial<ThreadLimits>
  /** How long the thread waits for another document before it is ended. */
  idleMs?: number
}

export type Checker = ReturnType<typeof createChecker>

interface Job {
  document: Uint8Array<ArrayBuffer>
  resolve: (checked: CheckedDocument) => void
  reject: (error: unknown) => void
}

/**
 * Checks documents one at a time, in the order they came, in a thread that is started when one comes and ended when none
 * comes for a while. The queue has no end: whoever calls bounds what waits in it.
 */
export function createChecker({ maxBytes, log, limits, idleMs = 20_000 }: CheckerOptions) {
  const queue: Job[] = []
  let thread: CheckerThread | undefined
  let busy = false
  let closed = false
  let idle: NodeJS.Timeout | undefined

  async function work(): Promise<void> {
    busy = true
    clearTimeout(idle)
    for (let job = queue.shift(); job; job = queue.shift()) await runJob(job)
    busy = false
    idle = setTimeout(() => void endThread(), idleMs).unref()
  }

  async function runJob({ document, resolve, reject }: Job): Promise<void> {
    const bytes = document.byteLength
    if (!thread?.running()) thread = startThread({ ...threadLimits, ...limits })
    const working = thread
    try {
      const { content, ...checked } = await working.run(document)
      resolve({ ...checked, content: Buffer.from(content.buffer) })
    } catch (error) {
      if (!working.running() && !closed) {
        log.warn({ bytes, err: error }, 'the thread that checks documents ended')
      }
      reject(error)
    }
  }

  async function endThread(): Promise<void> {
    const ending = thread
    thread = undefined
    await ending?.end()
  }

  return {
    /**
     * Finds out all that is known of a document, whose bytes are handed over: they may be gone afterwards.
     * Raises `DescriptionError` for one that is not taken.
     */
    async check(document: Uint8Array<ArrayBuffer>): Promise<CheckedDocument> {
      if (closed) throw new Error('The checker of API descriptions is closed.')
      if (document.byteLength > maxBytes) throw tooLarge(document.byteLength, maxBytes)
      return new Promise((resolve, reject) => {
        queue.push({ document: ownBuffer(document), resolve, reject })
        if (!busy) void work()
      })
    },

    /** Gives up what waits, and ends the thread. */
    async close(): Promise<void> {
      closed = true
      for (const { reject } of queue.splice(0))
        reject(new Error('The checker of API descriptions is closed.'))
      await endThread()
      clearTimeout(idle)
    },
  }
}

/** The document in a buffer that holds nothing else, as one that is handed over must be. */
function ownBuffer(document: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return document.byteLength === document.buffer.byteLength
    ? new Uint8Array(document.buffer)
    : new Uint8Array(document)
}

function tooLarge(bytes: number, maxBytes: number): DescriptionError {
  return new DescriptionError(
    'too_large',
    `The document has ${bytes} bytes, and ${maxBytes} are taken at most. Split it.`,
  )
}
