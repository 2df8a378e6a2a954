import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { accessSync, constants } from 'node:fs'
import { connect } from 'node:net'
import { freePort } from './postgres.setup.ts'

export interface PgBouncerOptions {
  /** The server that it stands before. */
  url: string
  mode: 'transaction' | 'session'
  /** How many connections it makes to the server. */
  poolSize: number
}

/** Where Debian puts it is not on everybody's path. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

/** The program, where it is installed. */
export const pgbouncer = folders
  .map((folder) => join(folder, 'pgbouncer'))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** Starts PgBouncer before a server, on a free port. */
export async function startPgBouncer({ url, mode, poolSize }: PgBouncerOptions) {
  if (!pgbouncer) throw new Error('pgbouncer is not installed')
  const server = new URL(url)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-pgbouncer-'))
  await chmod(folder, 0o755)
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(
    file,
    `[databases]
* = host=${server.hostname} port=${server.port} user=${server.username} password=${server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 200
admin_users = admin
`,
  )
  const address = new URL(url)
  address.host = `127.0.0.1:${port}`
  let running = await run(file, port)
  return {
    url: address.href,
    /** As after a crash: every connection breaks at once. */
    async restart() {
      await kill(running)
      running = await run(file, port)
    },
    async stop() {
      await kill(running)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function run(file: string, port: number): Promise<ChildProcess> {
  // It refuses to run as root.
  const running = spawn(pgbouncer!, ['-q', file], { stdio: 'ignore', ...(isRoot() && nobody()) })
  await listening(port)
  return running
}

async function kill(running: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => running.once('exit', resolve))
  running.kill('SIGKILL')
  await ended
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function nobody() {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('pgbouncer did not start')
}
