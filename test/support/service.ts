import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import type { Role } from '../../src/database/tables/tables.ts'
import { newUser } from '../../src/modules/users/new-user.ts'
import type { Mount } from '../../src/platform/mounts.ts'
import type { TestDatabase } from './databases.ts'
import { keepSecrets, watchedLog } from './watch.ts'

export const password = 'correct horse battery staple 9'

export interface Answer {
  status: number
  headers: Record<string, string | undefined>
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test says that it is
  json: any
}

export interface CallOptions {
  /** The token to send. */
  as?: string | undefined
  body?: unknown
  headers?: Record<string, string>
}

// Here, and not where they are started: within a test, afterAll() is forgotten.
const apps: FastifyInstance[] = []
const folders: string[] = []
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export type Service = Awaited<ReturnType<typeof startService>>

/** The whole application on a database of its own, ready, with an administrator; closed after the file's tests. */
export async function startService(
  create: () => Promise<TestDatabase>,
  environment: Record<string, string> = {},
) {
  const { url } = await create()
  return startInstance(url, environment)
}

/** A further instance on a database, ready, as `startService` gives the first one. */
export async function startInstance(url: string, environment: Record<string, string> = {}) {
  const app = await startApp({ DATABASE_URL: url, ...environment })
  await app.started
  return { app, url, ...clientOf(app) }
}

/**
 * The application on a given environment, whether its database is there or not; by default on an ordinary machine,
 * whatever the tests run on.
 */
export async function startApp(
  environment: Record<string, string>,
  mounts: readonly Mount[] = [],
): Promise<FastifyInstance> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  const settings = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    ADMIN_USERNAME: 'admin',
    ADMIN_PASSWORD: password,
    // Tests of limits set them.
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
    RATE_LIMIT_UPLOADS: '0',
    RATE_LIMIT_EXPORTS: '0',
    RATE_LIMIT_LOGINS: '0',
    SQLITE_PATH: join(folder, 'unused.db'),
    ...environment,
  }
  keepSecrets(settings)
  const config = readConfig(settings, folder, mounts)
  const app = await buildApp(config, { level: 'trace', stream: watchedLog })
  apps.push(app)
  folders.push(folder)
  await app.ready()
  return app
}

/** Ways to speak to an application as its users do. */
export function clientOf(app: FastifyInstance) {
  async function call(
    method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'OPTIONS',
    url: string,
    { as, body, headers }: CallOptions = {},
  ): Promise<Answer> {
    const answer = await app.inject({
      method,
      url,
      headers: { ...(as !== undefined && { authorization: `Bearer ${as}` }), ...headers },
      ...(body !== undefined && { payload: body as object }),
    })
    const type = String(answer.headers['content-type'])
    return {
      status: answer.statusCode,
      headers: answer.headers as Answer['headers'],
      text: answer.payload,
      json: type.includes('json') && answer.payload !== '' ? answer.json() : undefined,
    }
  }

  async function login(username = 'admin', secret = password): Promise<string> {
    const { status, json, text } = await call('POST', '/api/auth/login', {
      body: { username, password: secret },
    })
    if (status !== 200) throw new Error(`login answered ${status} ${text}`)
    return json.token
  }

  /** A new user of a role, logged in: gives the token. */
  async function tokenOf(role: Role, username = `${role}-${crypto.randomUUID().slice(0, 8)}`) {
    const user = await newUser({ username, password, role })
    await app.storage.unitOfWork({}, (tx) => tx.users.create(user))
    return login(username)
  }

  return { call, login, tokenOf }
}
