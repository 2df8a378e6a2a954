import { chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { afterAll } from 'vitest'
import { startPostgres } from '../support/postgres.setup.ts'
import type { Certificate } from './certificates.ts'

/** Holds what breaks an address that is not encoded. */
export const password = 'canary@Pa:ss/w?o#r%d'
export const user = 'shopkeeper'

/** A server whose only ordinary user owns the database `shop`; stopped after the file's tests. */
export async function startServer(flags: string[] = []) {
  const running = await startPostgres(flags)
  const { url, port } = running
  const owner = postgres(url, { max: 1, onnotice: () => undefined })
  afterAll(async () => {
    await owner.end({ timeout: 1 })
    await running.stop()
  })
  await owner.unsafe(`create role ${user} login password '${password}'`)
  await owner.unsafe(`create database shop owner ${user}`)
  const [row] = await owner<{ data_directory: string }[]>`show data_directory`
  const folder = row!.data_directory

  function write(name: string, content: string) {
    const file = join(folder, name)
    writeFileSync(file, content, { mode: 0o600 })
    const { uid, gid } = statSync(folder)
    chownSync(file, uid, gid)
  }

  /** The server reads its files again a moment later. */
  async function reload() {
    const [before] = await owner`select pg_conf_load_time()::text as at`
    await owner`select pg_reload_conf()`
    for (;;) {
      const [now] = await owner`select pg_conf_load_time()::text as at`
      if (now?.at !== before?.at) break
      await pause(5)
    }
    // The postmaster, which takes new connections, may be behind this connection.
    await pause(50)
  }

  return {
    port,
    folder,
    /** The server's owner, without TLS. */
    owner,
    /** An address of the ordinary user. */
    address: (more: { host?: string; port?: number; database?: string; query?: string } = {}) =>
      addressOf({ port, ...more }),

    /** Whom the server lets in; the owner always. */
    async letIn(...lines: string[]) {
      write('pg_hba.conf', ['host all postgres 127.0.0.1/32 password', ...lines, ''].join('\n'))
      await reload()
    },

    /** Undefined turns TLS off. */
    async tls(certificate: Certificate | undefined) {
      if (certificate) {
        write('server.crt', certificate.cert)
        write('server.key', certificate.key)
      }
      await owner.unsafe(`alter system set ssl = ${certificate ? 'on' : 'off'}`)
      await reload()
    },
  }
}

/** An address of the ordinary user, as a provider would give it. */
export function addressOf(parts: {
  port: number
  host?: string
  database?: string
  query?: string
}): string {
  const { port, host = '127.0.0.1', database = 'shop', query = '' } = parts
  return `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}${query}`
}
