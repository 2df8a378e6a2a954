import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { blockBytes } from './block.ts'

export interface Spool {
  write: (bytes: Buffer) => Promise<void>
  /** How much was written. */
  position: () => number
  /** The lines between two places, a block's worth at a time. */
  lines: (start: number, end: number) => AsyncGenerator<string[]>
  dispose: () => Promise<void>
}

/**
 * A temporary file of lines, which nobody else can read and which goes with the process, however that ends.
 */
export async function createSpool(folder: string): Promise<Spool> {
  const path = join(folder, `.import-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  // Where an open file cannot lose its name, `dispose` takes it away.
  await rm(path, { force: true }).catch(() => undefined)
  let position = 0

  async function* lines(start: number, end: number): AsyncGenerator<string[]> {
    let rest: Buffer[] = []
    for (let at = start; at < end;) {
      const block = Buffer.allocUnsafe(Math.min(blockBytes, end - at))
      const { bytesRead } = await file.read(block, 0, block.length, at)
      if (bytesRead === 0) throw new Error('the spool of the import was cut')
      at += bytesRead
      const read = block.subarray(0, bytesRead)
      const last = read.lastIndexOf(0x0a)
      if (last === -1) {
        rest.push(read)
        continue
      }
      yield Buffer.concat([...rest, read.subarray(0, last)])
        .toString()
        .split('\n')
      rest = [read.subarray(last + 1)]
    }
    if (end > start) yield [Buffer.concat(rest).toString()]
  }

  return {
    async write(bytes) {
      await file.writeFile(bytes)
      position += bytes.length
    },
    position: () => position,
    lines,
    async dispose() {
      await file.close()
      await rm(path, { force: true })
    },
  }
}
