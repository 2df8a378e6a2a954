import { setImmediate as turn } from 'node:timers/promises'
import { DatabaseError, databaseErrorIn } from '../database.errors.ts'
import type { UnitOptions } from '../database.ts'
import { isLostSync } from './errors.ts'
import { createTransaction, type TransactionOptions } from './transaction.ts'
import {
  createUnit,
  frozen,
  runsAlone,
  tooBusy,
  type Ending,
  type Unit,
  type Work,
} from './unit.ts'

/** Units that may wait; at 13 µs each the whole queue is done in tens of milliseconds. */
const queueLimit = 1000
const waitMs = 5000
/** A group is committed after so many units, or so much time, so that the first need not wait for long. */
const groupLimit = 128
const groupMs = 25

/**
 * The one writer: units of work one after another, those that wait together in one transaction with one commit
 * (and so one sync of the disk), each in a savepoint of its own.
 */
export function createWriter(options: TransactionOptions) {
  const transaction = createTransaction(options)
  const queue: Unit[] = []
  let running = false
  let exclusive = 0
  let timeouts = 0
  let expiry: NodeJS.Timeout | undefined
  let closing: (() => void) | undefined

  function unitOfWork<Result>(unitOptions: UnitOptions, work: Work<Result>): Promise<Result> {
    const refusal = refusalOf(unitOptions)
    if (refusal) return Promise.reject(refusal)
    return new Promise<Result>((resolve, reject) => {
      const settle = (ending: Ending) =>
        ending.ok ? resolve(ending.value as Result) : reject(ending.error)
      enqueue(createUnit(unitOptions, work, settle))
    })
  }

  function refusalOf({ evenFrozen }: UnitOptions): DatabaseError | undefined {
    if (closing) return new DatabaseError('unavailable', 'the database is closing')
    if (exclusive > 0 && !evenFrozen) return frozen()
    if (queue.length < queueLimit) return undefined
    timeouts += 1
    return tooBusy()
  }

  function enqueue(unit: Unit) {
    if (unit.options.exclusive) exclusive += 1
    queue.push(unit)
    expiry ??= setTimeout(expire, waitMs).unref()
    if (running) return
    running = true
    // Whoever calls in this turn of the event loop comes along.
    setImmediate(() => void drain())
  }

  async function drain() {
    for (let first = queue.shift(); first; first = queue.shift()) {
      await (runsAlone(first) ? runAlone(first) : runGroup(first))
      // Those who were answered may go on, and those who arrived during the commit may join the next group.
      await turn()
    }
    running = false
    closing?.()
  }

  async function runGroup(first: Unit) {
    const members: { unit: Unit; ending: Ending }[] = []
    const startedAt = performance.now()
    const unopened = await transaction.begin()
    if (unopened) return settle(first, unopened)
    for (let unit: Unit | undefined = first; unit; unit = nextMember(members.length, startedAt)) {
      const ending = await transaction.runMember(unit)
      members.push({ unit, ending })
      if (!transaction.isOpen()) break
    }
    const lost = transaction.commit()
    if (!lost) return members.forEach(({ unit, ending }) => settle(unit, ending))
    await replay(members, lost)
  }

  /** The commit, or SQLite itself, undid them all, and none was answered: each has another try by itself. */
  async function replay(members: { unit: Unit; ending: Ending }[], lost: Ending) {
    const again = members.length > 1 && !isLostSync(errorOf(lost)?.code)
    for (const { unit, ending } of members) {
      if (again && errorOf(ending)?.kind !== 'timeout') await runAlone(unit)
      else settle(unit, ending.ok ? lost : ending)
    }
  }

  async function runAlone(unit: Unit) {
    settle(unit, await transaction.runAlone(unit))
  }

  function nextMember(members: number, startedAt: number): Unit | undefined {
    const head = queue[0]
    if (!head || runsAlone(head)) return undefined
    if (members >= groupLimit || performance.now() - startedAt > groupMs) return undefined
    return queue.shift()
  }

  function settle(unit: Unit, ending: Ending) {
    if (unit.options.exclusive) exclusive -= 1
    unit.settle(ending)
  }

  /** Sends away those who waited for too long, and looks again when the next one will have. */
  function expire() {
    const now = performance.now()
    while (queue[0] && now - queue[0].queuedAt >= waitMs) {
      timeouts += 1
      settle(queue.shift() as Unit, { ok: false, error: tooBusy() })
    }
    const next = queue[0]
    expiry = next && setTimeout(expire, Math.ceil(next.queuedAt + waitMs - now)).unref()
  }

  return {
    unitOfWork,
    assertSound: () => transaction.assertSound(),
    stats: () => ({ inUse: running ? 1 : 0, waiting: queue.length, timeouts }),
    /** Refuses new units, and resolves when the last one has ended. */
    async close() {
      await new Promise<void>((resolve) => {
        closing = resolve
        if (!running) resolve()
      })
      clearTimeout(expiry)
    },
  }
}

function errorOf(ending: Ending): DatabaseError | undefined {
  return ending.ok ? undefined : databaseErrorIn(ending.error)
}
