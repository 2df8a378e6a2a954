import { randomUUID } from 'node:crypto'
import type { Storage } from '../storage.ts'
import type { UsageRow } from './counts.ts'
import type { UsageBatch } from './usage.repository.ts'

/** How many rows one unit takes: others want to write, too. */
const rowsAtOnce = 200

/**
 * Writes counts in batches, one after another. A batch that failed stays, and is the first of the next time: where its
 * outcome is not known, its number tells whether it is there already, so that nothing counts twice.
 */
export function createUsageWriter(storage: Pick<Storage, 'unitOfWork'>) {
  const writer = randomUUID()
  const waiting: UsageBatch[] = []
  let number = 0

  return {
    isEmpty: () => waiting.length === 0,

    /** Takes rows when all earlier ones are written. Raises what the database raises. */
    async write(take: () => UsageRow[]): Promise<void> {
      await writeWaiting()
      waiting.push(...batchesOf(take()))
      await writeWaiting()
    },
  }

  async function writeWaiting(): Promise<void> {
    for (let batch = waiting[0]; batch; batch = waiting[0]) {
      const next = batch
      await storage.unitOfWork({ alone: [['usage', writer]] }, (tx) => tx.usage.add(next))
      waiting.shift()
    }
  }

  function batchesOf(rows: UsageRow[]): UsageBatch[] {
    const batches: UsageBatch[] = []
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      batches.push({ writer, number: ++number, rows: rows.slice(at, at + rowsAtOnce) })
    }
    return batches
  }
}
