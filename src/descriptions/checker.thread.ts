import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Checked } from './check.ts'
import { DescriptionError } from './description.errors.ts'
import type { Answer, Question } from './description.worker.ts'

export interface ThreadLimits {
  /** Of the old generation of objects. */
  heapMegabytes: number
  /** Processor time for one document. Not time on the clock: a fraction of a core takes many times as long. */
  processorMs: number
  /** Time on the clock for one document. */
  wallMs: number
}

/**
 * A legal YAML document of 4 MB takes a second of processor time, and one of 8 MB fills this heap. More than 256 MB would
 * leave too little of a machine with 512.
 */
export const threadLimits: ThreadLimits = { heapMegabytes: 256, processorMs: 5000, wallMs: 60_000 }

export type CheckerThread = ReturnType<typeof startThread>

/** Starts a thread that checks one document at a time, and is ended when one takes too much of anything. */
export function startThread(limits: ThreadLimits) {
  // The bundle has it as a file of its own beside it.
  const entry = new URL(`./description.worker${extname(import.meta.filename)}`, import.meta.url)
  const worker = new Worker(entry, {
    name: 'descriptions',
    // Documents of strangers are read there: nothing secret is within reach.
    env: {},
    argv: [],
    resourceLimits: {
      maxOldGenerationSizeMb: limits.heapMegabytes,
      maxYoungGenerationSizeMb: 24,
      stackSizeMb: 4,
    },
  })
  let running = true
  /** The processor time it had taken when it had begun, or the last document was done, in microseconds. */
  let spentBefore = 0
  /** The number of the document that is being checked. */
  let id = 0
  /** Why it ends. */
  let reason: Error | undefined
  let settle: ((outcome: Answer | Error) => void) | undefined

  worker.on('message', (answer: Answer) => {
    spentBefore = answer.processor
    // An answer to anything else would be taken for what is known of this document.
    if (answer.id === id) settle?.(answer)
  })
  // An error is told before the thread has gone, and with it its memory; the next may not begin before.
  worker.on('error', (error: NodeJS.ErrnoException) => {
    reason ??= error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooComplex('more memory') : error
  })
  worker.on('exit', () => {
    running = false
    settle?.(reason ?? new Error('The thread that checks API descriptions ended.'))
  })

  async function stop(error: Error): Promise<void> {
    reason ??= error
    running = false
    await worker.terminate()
  }

  /** Ends the thread once it has taken its processor time. Looks when that can be the case, not before. */
  function watchProcessor(signal: AbortSignal): void {
    const look = async (): Promise<void> => {
      // One that has just ended has no usage to tell; its exit says why.
      const usage = await worker.cpuUsage().catch(() => undefined)
      if (!usage || signal.aborted) return
      const left = limits.processorMs - (usage.user + usage.system - spentBefore) / 1000
      if (left > 0) wait(left)
      else await stop(tooComplex('more processor time'))
    }
    const wait = (ms: number) => {
      const timer = setTimeout(() => void look(), Math.max(ms, 20))
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
    }
    wait(limits.processorMs)
  }

  return {
    /** False once it was ended, by itself or not. */
    running: () => running,

    /** Checks a document, whose bytes are handed over. Raises `DescriptionError`. */
    async run(document: Uint8Array<ArrayBuffer>): Promise<Checked> {
      const over = new AbortController()
      worker.ref()
      id++
      const deadline = setTimeout(() => void stop(tooComplex('more time')), limits.wallMs)
      try {
        const outcome = await new Promise<Answer | Error>((resolve) => {
          settle = resolve
          watchProcessor(over.signal)
          worker.postMessage({ id, document } satisfies Question, [document.buffer])
        })
        return checkedOf(outcome)
      } finally {
        settle = undefined
        clearTimeout(deadline)
        over.abort()
        // A thread that waits keeps no process alive.
        worker.unref()
      }
    },

    /** Ends the thread; what it does is given up. */
    end: () => stop(new Error('The thread that checks API descriptions was ended.')),
  }
}

function checkedOf(outcome: Answer | Error): Checked {
  if (outcome instanceof Error) throw outcome
  if ('checked' in outcome) return outcome.checked
  if ('refused' in outcome) {
    const { code, message, place } = outcome.refused
    throw new DescriptionError(code, message, place)
  }
  throw new Error('A document could not be checked.', {
    cause: 'failed' in outcome ? outcome.failed : undefined,
  })
}

function tooComplex(what: string): DescriptionError {
  return new DescriptionError(
    'too_complex',
    `The document takes ${what} to check than is given to one. Split it, or make it simpler.`,
  )
}
