import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolStats } from '../database.ts'
import { DatabaseError } from '../database.errors.ts'
import { createIdle } from './idle.ts'
import type { Lane } from './lane.ts'
import { createOpener } from './opener.ts'
import { createSemaphore } from '../../semaphore.ts'

/** How long a request waits for a lane before it is told that the database is busy. */
export const waitMs = 2_000

/** How long `close` waits for what is running. */
const drainMs = 5_000

/** How often somebody looks who waits for neither a turn nor an answer. */
const pollMs = 20

export interface PoolOptions {
  max: number
  idleTimeoutMs: number
  maxLifetimeMs: number
  open: (onLost: (lane: Lane) => void) => Promise<Lane>
}

export type Pool = ReturnType<typeof createPool>

/**
 * The connections, each lent to one at a time. A turn comes first and a lane second, so that what waits for a
 * connection, and for how long, is decided here, and not by the driver, which knows no bounds.
 */
export function createPool({ max, idleTimeoutMs, maxLifetimeMs, open }: PoolOptions) {
  const turns = createSemaphore({
    slots: max,
    queueMax: Math.max(50, max * 10),
    waitMs,
    // Whoever comes to a database that is waking up sees it awake.
    longer: () => lanes.size === 0 && opening > 0,
    what: 'a connection',
  })
  const lanes = new Set<Lane>()
  const extra = new Set<Lane>()
  const idle = createIdle({ timeoutMs: idleTimeoutMs, isOld, dismiss })
  /** Connections that are being made, and those of them that have a turn. */
  let opening = 0
  let openingInTurn = 0
  let closing = false

  const openNext = createOpener(() => open(forget))

  function forget(lane: Lane) {
    lanes.delete(lane)
    extra.delete(lane)
    idle.remove(lane)
  }

  async function fresh(home: Set<Lane>): Promise<Lane> {
    opening++
    const lane = await openNext().finally(() => opening--)
    if (closing) {
      lane.close()
      throw closedError()
    }
    // Ten per cent to either side, so that lanes that were opened together are not closed together.
    if (maxLifetimeMs > 0) {
      lane.expiresAt = performance.now() + maxLifetimeMs * (0.9 + Math.random() * 0.2)
    }
    home.add(lane)
    return lane
  }

  /** Whoever has a turn gets a lane; without one the turn ends. */
  async function laneForTurn(): Promise<Lane> {
    const giveUpAt = performance.now() + waitMs
    for (;;) {
      try {
        return (await idle.takeProven()) ?? (await freshInTurn())
      } catch (error) {
        // Where the server has fewer connections left than the pool may have, ours go round.
        const others = lanes.size + opening
        if (isServerFull(error) && others > 0 && performance.now() < giveUpAt) {
          await sleep(pollMs)
          continue
        }
        turns.leave()
        throw error
      }
    }
  }

  function freshInTurn(): Promise<Lane> {
    openingInTurn++
    return fresh(lanes).finally(() => openingInTurn--)
  }

  function giveBack(lane: Lane) {
    if (closing || !lane.usable() || isOld(lane)) return dismiss(lane)
    idle.add(lane)
  }

  function dismiss(lane: Lane) {
    forget(lane)
    lane.close()
  }

  function isOld(lane: Lane): boolean {
    return performance.now() >= lane.expiresAt
  }

  return {
    /** A free lane, at once; undefined when there is none, or none that need not be asked first. */
    take(): Lane | undefined {
      return idle.hasTrusted() && turns.take() ? idle.takeTrusted() : undefined
    },

    /** Waits for a turn. Raises `DatabaseError`: `busy`, or `unavailable` when no connection can be made. */
    async acquire(): Promise<Lane> {
      if (!turns.take()) await turns.wait()
      return laneForTurn()
    },

    /** Ends a turn. */
    release(lane: Lane) {
      giveBack(lane)
      turns.leave()
    },

    /** A new connection in place of one that turned out to be lost. Raises `unavailable`; the turn goes on. */
    async replace(lane: Lane): Promise<Lane> {
      dismiss(lane)
      return freshInTurn()
    },

    /** Gives back what nobody uses: a pooler in session mode may have no connection more than these. */
    letGo: () => idle.dismissAll(),

    /** A connection beside the pool, for the few who must not wait; `dismiss` ends it. */
    extra: () => fresh(extra),
    dismiss,

    stats: (): PoolStats => ({
      max,
      open: lanes.size,
      inUse: turns.taken(),
      waiting: turns.waiting(),
      timeouts: turns.timeouts(),
    }),

    /** Refuses what comes, waits for what is running (not for a connection), and closes every connection. */
    async close() {
      closing = true
      turns.close(closedError())
      idle.close()
      const until = performance.now() + drainMs
      while ((turns.taken() > openingInTurn || extra.size > 0) && performance.now() < until) {
        await sleep(pollMs)
      }
      for (const lane of [...lanes, ...extra]) lane.destroy()
    },
  }
}

function isServerFull(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '53300'
}

function closedError() {
  return new DatabaseError('unavailable', 'the database is being closed', { outcome: 'none' })
}
