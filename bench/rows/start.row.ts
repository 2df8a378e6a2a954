import { execFileSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import { median, type Figure } from '../figure.ts'
import { processorTime, residentMemory } from '../processor.ts'
import { service, startServer } from '../server.ts'

const engine = 'sqlite'
const idleMs = 1000

interface Start {
  /** Until the first 200 of /health/ready, in seconds. */
  processor: number | undefined
  elapsed: number
  /** When idle, in megabytes. */
  resident: number | undefined
}

/** P11: from nothing to the first 200 of /health/ready on an existing database of 10,000 announcements. */
export async function start({ databases, pace }: Bench): Promise<Figure[]> {
  const environment = await databases.create(engine, 'announcements')
  const uncompiled = { ...environment, NODE_DISABLE_COMPILE_CACHE: '1' }
  const usual: Start[] = []
  const first: Start[] = []
  const bare: Start[] = []
  // Keeps what Node compiles, for the starts that count.
  await startService(environment)
  for (let count = 0; count < pace.starts; count += 1) {
    usual.push(await startService(environment))
    first.push(await startService(uncompiled))
    bare.push(startNothing())
  }

  function figure(key: keyof Start, starts: Start[], rest: Pick<Figure, 'what' | 'unit' | 'goal'>) {
    const values = {
      figure: median(starts.map((start) => start[key])),
      limit: median(bare.map((start) => start[key])),
    }
    return { row: 'P11', engine, ...rest, ...values }
  }

  const what = 'start to the first 200 of /health/ready'
  const none = { none: true } as const
  return [
    figure('processor', usual, { what, unit: 's of processor time', goal: { atMost: 0.25 } }),
    figure('elapsed', usual, { what, unit: 's', goal: none }),
    figure('resident', usual, { what: 'idle, a second later', unit: 'MB', goal: { atMost: 90 } }),
    figure('processor', first, {
      what: 'the first start after a build',
      unit: 's of processor time',
      goal: none,
    }),
    figure('resident', first, {
      what: 'the first start after a build, idle',
      unit: 'MB',
      goal: none,
    }),
  ]
}

async function startService(environment: Record<string, string>): Promise<Start> {
  const startedAt = performance.now()
  const server = await startServer({ program: service, environment, readyPath: '/health/ready' })
  const elapsed = (performance.now() - startedAt) / 1000
  const processor = inSeconds(processorTime(server.pid))
  await pause(idleMs)
  const resident = inMegabytes(residentMemory(server.pid))
  await server.stop()
  return { processor, elapsed, resident }
}

/** `node -e 0`, but that it says what it took. */
function startNothing(): Start {
  const startedAt = performance.now()
  const script =
    'process.stdout.write(JSON.stringify([process.cpuUsage(), process.memoryUsage.rss()]))'
  const told = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  const [{ user, system }, resident] = JSON.parse(told) as [NodeJS.CpuUsage, number]
  return {
    processor: inSeconds(user + system),
    elapsed: (performance.now() - startedAt) / 1000,
    resident: inMegabytes(resident),
  }
}

function inSeconds(microseconds: number | undefined): number | undefined {
  return microseconds === undefined ? undefined : microseconds / 1e6
}

function inMegabytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1e6
}
