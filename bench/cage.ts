import { execFileSync, spawn } from 'node:child_process'
import { get } from 'node:http'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '../test/support/postgres.setup.ts'
import { createCgroup } from './cgroup.ts'
import { createDatabases, type Engine } from './databases.ts'
import { median } from './figure.ts'
import { processorTime, residentMemory } from './processor.ts'
import { cleanEnvironment, root } from './server.ts'

/** A free instance of Render or Koyeb. */
const bounds = { processor: 0.1, bytes: 512 * 1024 * 1024 }

/** Seconds from exec to the first 200 of /health/ready, the slowest of all starts. */
const goals: Record<Engine, number> = { sqlite: 4, postgres: 6 }

const usage = `node bench/cage.ts [--starts 20] [--folder dist] [--node-options=OPTIONS]

Bundles the service, starts it with a tenth of a processor and 512 MB on a database that is there, and says when it
is ready. Another folder is one that scripts/build.ts has made, or the dist of one that scripts/image.ts has made.
`

interface Start {
  seconds: number
  /** Of the processor. */
  processor: number
  throttled: number
  /** A second later, in megabytes. */
  resident: number
  /** The most that the cage has counted, in megabytes. */
  peak: number
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      starts: { type: 'string', default: '20' },
      folder: { type: 'string', default: 'dist' },
      'node-options': { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(usage)
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, stdio: 'inherit' })
  const file = join(resolve(root, values.folder), 'cli.js')
  const options = { NODE_OPTIONS: values['node-options'] }
  const folder = join(import.meta.dirname, 'results', `cage-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const databases = createDatabases(folder)
  try {
    for (const engine of ['sqlite', 'postgres'] as const) {
      const place = await databases.create(engine, 'announcements')
      const environment = { ...place, ...options }
      // Keeps what Node compiles, for the starts that count.
      await startInCage(file, environment)
      const usual = await repeat(Number(values.starts), () => startInCage(file, environment))
      tell(engine, 'usual', usual)
      const uncompiled = { ...environment, NODE_DISABLE_COMPILE_CACHE: '1' }
      const first = await repeat(Number(values.starts), () => startInCage(file, uncompiled))
      tell(engine, 'nothing compiled before', first)
    }
  } finally {
    await databases.remove()
  }
}

async function repeat<Result>(times: number, work: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let count = 0; count < times; count += 1) results.push(await work())
  return results
}

async function startInCage(file: string, environment: Record<string, string>): Promise<Start> {
  const cgroup = createCgroup(bounds)
  const port = await freePort()
  const [command, ...words] = [...cgroup.under, process.execPath, file, 'serve']
  const startedAt = performance.now()
  const child = spawn(command, words, {
    cwd: root,
    env: { ...cleanEnvironment(), ...environment, PORT: String(port) },
    stdio: ['ignore', 2, 2],
  })
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  // Each question that is answered takes from what is measured.
  while ((await statusOf(port)) !== 200) {
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`)
    await pause(40)
  }
  const seconds = (performance.now() - startedAt) / 1000
  const processor = (processorTime(child.pid as number) ?? 0) / 1e6
  const throttled = cgroup.throttled()
  await pause(1000)
  const resident = (residentMemory(child.pid as number) ?? 0) / 1e6
  const peak = (cgroup.memoryPeak() ?? 0) / 1e6
  child.kill('SIGTERM')
  await ended
  await cgroup.remove()
  return { seconds, processor, throttled, resident, peak }
}

/** Undefined while nothing listens. */
function statusOf(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    get({ port, path: '/health/ready', host: '127.0.0.1', agent: false }, (answer) => {
      answer.resume()
      done(answer.statusCode)
    }).once('error', () => done(undefined))
  })
}

function tell(engine: Engine, what: string, starts: Start[]) {
  const of = (key: keyof Start) => starts.map((start) => start[key])
  const middle = (key: keyof Start) => (median(of(key)) ?? 0).toFixed(2)
  const slowest = Math.max(...of('seconds'))
  const verdict = slowest <= goals[engine] ? 'reached' : 'not reached'
  process.stdout.write(
    `${engine}, ${what}, ${starts.length} starts: ready after ${middle('seconds')} s, the slowest ` +
      `${slowest.toFixed(2)} s (at most ${goals[engine]}: ${verdict}); processor ${middle('processor')} s, ` +
      `throttled ${middle('throttled')} s; resident ${middle('resident')} MB, counted at most ` +
      `${Math.max(...of('peak')).toFixed(0)} MB\n`,
  )
}

await run()
