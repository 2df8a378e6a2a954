import { spawn } from 'node:child_process'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../test/support/postgres.setup.ts'

export const root = join(import.meta.dirname, '..')

/** The bundled service. */
export const service = [join(root, 'dist/cli.js'), 'serve']

export interface Server {
  pid: number
  port: number
  stop: () => Promise<void>
}

export interface ServerOptions {
  /** What Node is started with. */
  program: string[]
  environment: Record<string, string>
  /** A path that answers 200 as soon as the server is ready. */
  readyPath: string
  /** A program, and its arguments, that Node is started by. */
  under?: string[]
}

/** Starts a server as a process of its own, and gives it once it is ready. Its warnings go to standard error. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { program, environment, readyPath, under = [] } = options
  const port = await freePort()
  const [command, ...args] = [...under, process.execPath, ...program]
  const child = spawn(command as string, args, {
    cwd: root,
    env: { ...cleanEnvironment(), ...environment, PORT: String(port) },
    stdio: ['ignore', 2, 2],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  while ((await statusOf(port, readyPath)) !== 200) {
    if (child.exitCode !== null)
      throw new Error(`${program.join(' ')} ended with ${child.exitCode}`)
    await pause(10)
  }
  return {
    pid: child.pid as number,
    port,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Nothing of the caller's own settings may change what is measured, and no `.env` file. */
export function cleanEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env
  return {
    PATH,
    HOME,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
    RATE_LIMIT_UPLOADS: '0',
    RATE_LIMIT_EXPORTS: '0',
    RATE_LIMIT_LOGINS: '0',
  }
}

/** Undefined while nothing listens. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    get({ port, path, host: '127.0.0.1', agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).once('error', () => resolve(undefined))
  })
}
