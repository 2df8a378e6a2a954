import type { Step } from './sqlite.trace.ts'

type Change = Extract<Step, { kind: 'write' | 'truncate' }>

interface TrackedFile {
  /** What the disk surely holds. */
  durable: Buffer
  /** What may or may not have reached it, in order. */
  pending: Change[]
  /** Whether its name is surely in the folder. */
  named: boolean
}

/** What may be left of the unsynced writes: none, any of them whole, or any of them in part. */
export const losses = ['all', 'some', 'torn'] as const
export type Loss = (typeof losses)[number]

const sectorBytes = 512

/** The files of a folder as a disk without power may keep them: only what was synced is sure. */
export function createDisk(start: Record<string, Buffer>) {
  const files = new Map<string, TrackedFile>(
    Object.entries(start).map(([name, durable]) => [name, { durable, pending: [], named: true }]),
  )

  return {
    apply(step: Step) {
      if (step.kind === 'say') return
      if (step.kind === 'syncFolder') return files.forEach((file) => (file.named = true))
      const file = files.get(step.file)
      if (step.kind === 'create' && !file) {
        files.set(step.file, { durable: Buffer.alloc(0), pending: [], named: false })
      }
      // Whoever unlinks a log is through with it; that it may come back is left out.
      if (step.kind === 'unlink') files.delete(step.file)
      if (!file) return
      if (step.kind === 'write' || step.kind === 'truncate') file.pending.push(step)
      if (step.kind === 'sync') {
        file.durable = file.pending.reduce(changed, file.durable)
        file.pending = []
      }
    },

    hasPending: (name: string) => (files.get(name)?.pending.length ?? 0) > 0,

    /** What a new start would find, were the power to go now. */
    image(loss: Loss): Map<string, Buffer> {
      const found = [...files].filter(([, { named }]) => named || (loss !== 'all' && coin()))
      return new Map(found.map(([name, file]) => [name, left(file, loss)]))
    },
  }
}

function left({ durable, pending }: TrackedFile, loss: Loss): Buffer {
  if (loss === 'all') return durable
  const kept = pending.filter(coin)
  return (loss === 'torn' ? kept.flatMap(tear) : kept).reduce(changed, durable)
}

function changed(content: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') return resized(content, change.size)
  const result = resized(content, Math.max(content.length, change.at + change.bytes.length))
  change.bytes.copy(result, change.at)
  return result
}

function resized(content: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size)
  content.copy(result)
  return result
}

/** Some of the sectors of a write. */
function tear(change: Change): Change[] {
  if (change.kind === 'truncate') return [change]
  const parts: Change[] = []
  for (let from = 0; from < change.bytes.length;) {
    const at = change.at + from
    const to = from + sectorBytes - (at % sectorBytes)
    if (coin()) parts.push({ ...change, at, bytes: change.bytes.subarray(from, to) })
    from = to
  }
  return parts
}

function coin(): boolean {
  return Math.random() < 0.5
}
