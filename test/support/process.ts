import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { bundle, removeBundles } from './bundle.ts'
import { createClient } from './client.ts'
import { freePort } from './postgres.setup.ts'
import { keepSecrets, watchedLog } from './watch.ts'

export const admin = { username: 'admin', password: 'correct horse battery staple 9' }

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface ProcessOptions {
  /** A free one by default; to start again where one ended. */
  port?: number
  /** Another bundle than that of the sources. */
  file?: string
  command?: string[]
  /** A program that runs the service, given as further words, in its own place. */
  within?: string[]
}

export type ServiceProcess = Awaited<ReturnType<typeof startProcess>>

const running = new Set<ChildProcess>()
let home: string | undefined

function killAll() {
  for (const child of running) child.kill('SIGKILL')
}

/** A folder that no setting comes from, and into which the processes write; it goes after the file's tests. */
function workingFolder(): string {
  if (home !== undefined) return home
  home = mkdtempSync(join(tmpdir(), 'holdfast-process-'))
  process.once('exit', killAll)
  return home
}

afterAll(() => {
  killAll()
  removeBundles()
  if (home !== undefined) rmSync(home, { recursive: true, force: true })
})

/**
 * The service as a process of its own, on a real port; it is on its way, and not ready, when this resolves. It gets
 * the given environment and nothing of ours.
 */
export async function startProcess(
  environment: Record<string, string>,
  options: ProcessOptions = {},
) {
  const port = options.port ?? (await freePort())
  const origin = `http://127.0.0.1:${port}`
  const file = options.file ?? (await bundle())
  const startedAt = performance.now()
  const words = [process.execPath, file, ...(options.command ?? ['serve'])]
  const [program = '', ...rest] = [...(options.within ?? []), ...words]
  const child = spawn(program, rest, {
    cwd: workingFolder(),
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      ADMIN_USERNAME: admin.username,
      ADMIN_PASSWORD: admin.password,
      // The load of these tests is meant.
      RATE_LIMIT_READS: '0',
      RATE_LIMIT_WRITES: '0',
      RATE_LIMIT_LOGINS: '0',
      RATE_LIMIT_EXPORTS: '0',
      RATE_LIMIT_UPLOADS: '0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  keepSecrets({ ADMIN_PASSWORD: admin.password, ...environment })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  let ended: Exit | undefined
  // 'close', so that the output is complete.
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child)
      for (const line of output.split('\n')) watchedLog.write(line)
      ended = { code, signal }
      resolve(ended)
    })
  })
  const client = createClient(origin)

  return {
    origin,
    port,
    pid: child.pid as number,
    startedAt,
    exited,
    /** Undefined while it runs. */
    ended: () => ended,
    /** All that it wrote. */
    output: () => output,
    ...client,

    /** Waits until /health/ready says so, and gives the milliseconds since the start. Raises when the process ends. */
    async ready(withinMs = 20_000): Promise<number> {
      while (performance.now() - startedAt < withinMs) {
        if (ended) throw new Error(`the service ended with ${JSON.stringify(ended)}: ${output}`)
        const answer = await client.call('GET', '/health/ready', { timeoutMs: 1000 }).catch(none)
        if (answer?.status === 200) return performance.now() - startedAt
        await pause(10)
      }
      throw new Error(`the service was not ready in ${withinMs} ms: ${output}`)
    },

    signal: (signal: NodeJS.Signals) => child.kill(signal),

    /** As pulling the plug of the process. */
    async kill(): Promise<Exit> {
      child.kill('SIGKILL')
      client.close()
      return exited
    },

    /** As a platform does it: asks, and waits. */
    async stop(): Promise<Exit> {
      child.kill('SIGTERM')
      client.close()
      return exited
    },

    /** A token of the administrator, which lasts as long as the database. */
    login: () => client.login(admin),
  }
}

/** Resident memory of a process in bytes, now and at its highest; Linux only. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1])
  return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 }
}

/** Lets the highest memory begin anew at what it is now. */
export function resetPeakOf(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

const none = () => undefined
