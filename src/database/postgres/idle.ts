import type { Lane } from './lane.ts'

/**
 * An idle connection is used without a question for so long. After that, it is asked whether it is still there: what
 * lies in between may have forgotten it, without telling either end.
 */
const trustMs = 5_000

/** How long that question may take; after as long again the connection is cut. */
const proofMs = 500

export interface IdleOptions {
  /** 0: they are kept. */
  timeoutMs: number
  isOld: (lane: Lane) => boolean
  dismiss: (lane: Lane) => void
}

/** Connections that nobody uses, until their time is up. */
export function createIdle({ timeoutMs, isOld, dismiss }: IdleOptions) {
  /** The last one comes out first, so that those not needed grow old. */
  const lanes: Lane[] = []
  let sweeper: NodeJS.Timeout | undefined

  function sweep() {
    const now = performance.now()
    for (const lane of lanes.slice()) {
      if (now - lane.idleSince.steady >= timeoutMs || isOld(lane)) dismiss(lane)
    }
    const next = lanes[0]
    sweeper = next && setTimeout(sweep, next.idleSince.steady + timeoutMs - now + 1).unref()
  }

  function dismissAll() {
    for (const lane of lanes.slice()) dismiss(lane)
  }

  return {
    add(lane: Lane) {
      lane.idleSince = { steady: performance.now(), wall: Date.now() }
      lanes.push(lane)
      if (timeoutMs > 0) sweeper ??= setTimeout(sweep, timeoutMs).unref()
    },

    remove(lane: Lane) {
      const index = lanes.indexOf(lane)
      if (index !== -1) lanes.splice(index, 1)
    },

    /** Whether there is one that need not be asked first. */
    hasTrusted(): boolean {
      const last = lanes.at(-1)
      return last !== undefined && idleMs(last) < trustMs
    },

    takeTrusted: () => lanes.pop(),

    /** One that is still there. When one is not, those that were idle for longer are not either. */
    async takeProven(): Promise<Lane | undefined> {
      for (;;) {
        const lane = lanes.pop()
        if (!lane) return undefined
        const ms = idleMs(lane)
        if (ms < trustMs) return lane
        // Its time was up while the process, or the machine, stood still.
        const expired = timeoutMs > 0 && ms >= timeoutMs
        if (!expired && (await answers(lane))) return lane
        dismiss(lane)
        for (const other of lanes.slice()) if (idleMs(other) >= ms) dismiss(other)
      }
    },

    dismissAll,

    /** Lets go of all of them, for good. */
    close() {
      clearTimeout(sweeper)
      dismissAll()
    },
  }
}

function idleMs({ idleSince }: Lane): number {
  return Math.max(performance.now() - idleSince.steady, Date.now() - idleSince.wall)
}

async function answers(lane: Lane): Promise<boolean> {
  try {
    await lane.script('select 1', { deadlineMs: proofMs, cancel: false })
    return true
  } catch {
    return false
  }
}
