import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { startLoad } from '../load.ts'
import { service, startServer } from '../server.ts'

/**
 * Counts fsync and fdatasync for each write, in a run of its own, for strace slows the service down. Undefined where
 * strace is not installed, or may not trace.
 */
export async function syncsPerWrite(bench: Bench, requests: string[]): Promise<number | undefined> {
  if (spawnSync('strace', ['true'], { stdio: 'ignore' }).status !== 0) return undefined
  const trace = join(bench.folder, 'syncs.txt')
  const server = await startServer({
    program: service,
    environment: await bench.databases.create('sqlite', 'announcements'),
    readyPath: '/health/ready',
    // As a grandchild (-D), so that the child is the service itself.
    under: ['strace', '-D', '-f', '-qq', '-e', 'trace=fsync,fdatasync', '-o', trace],
  })
  const load = startLoad()
  try {
    const before = syncsIn(trace)
    const work = { port: server.port, connections: 32, seconds: bench.pace.roundSeconds, requests }
    const { answered } = await load.run(work)
    return (syncsIn(trace) - before) / answered
  } finally {
    load.stop()
    await server.stop()
  }
}

/** A call that another thread interrupts takes two lines; the second says `resumed`. */
function syncsIn(trace: string): number {
  return readFileSync(trace, 'utf8').match(/\b(?:fsync|fdatasync)\(/g)?.length ?? 0
}
