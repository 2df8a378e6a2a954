import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { onTestFinished } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { registry } from '../../src/portability/registry.ts'
import { clientOf, password, type Answer, type CallOptions } from '../support/service.ts'

export type SchemaService = Awaited<ReturnType<typeof startIn>>

/** The whole application in a schema of a database, whatever its name, until the end of the test. */
export async function startIn(
  url: string,
  schema: string | undefined,
  environment: Record<string, string> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-schema-'))
  const config = readConfig(
    {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      ADMIN_USERNAME: 'admin',
      ADMIN_PASSWORD: password,
      RATE_LIMIT_READS: '0',
      RATE_LIMIT_WRITES: '0',
      RATE_LIMIT_UPLOADS: '0',
      RATE_LIMIT_EXPORTS: '0',
      RATE_LIMIT_LOGINS: '0',
      SQLITE_PATH: join(folder, 'unused.db'),
      DATABASE_URL: url,
      ...environment,
    },
    folder,
  )
  const target = schema === undefined ? config.target : { ...config.target, schema }
  const app = await buildApp({ ...config, target })
  onTestFinished(async () => {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await app.ready()
  await app.started
  const client = clientOf(app)
  return { app, ...client, admin: await client.login() }
}

/** Runs statements as whoever the address names. */
export async function onServer(url: string, ...statements: string[]): Promise<unknown[][]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    let rows: unknown[][] = []
    for (const statement of statements) rows = await sql.unsafe(statement).values()
    return rows
  } finally {
    await sql.end()
  }
}

/**
 * Makes every connection look for names without a schema where there are tables with the service's names and nothing
 * in them that it could use: a statement that does not say where its tables are fails.
 */
export async function layDecoys(url: string): Promise<void> {
  const names = [...registry.map(({ name }) => name), 'holdfast_migrations']
  const database = new URL(url).pathname.slice(1)
  await onServer(
    url,
    'create schema decoy',
    ...names.map((name) => `create table decoy.${name} (trap integer)`),
    `alter database ${database} set search_path to decoy`,
  )
}

const document = (title: string, word: string) => ({
  openapi: '3.1.0',
  info: { title, version: '1.0.0', summary: `All about ${word}` },
  paths: { [`/${word}`]: { get: { operationId: `read${word}`, responses: {} } } },
})

type Expects = (
  status: number,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  options?: CallOptions,
) => Promise<Answer>

/** Lets somebody in and shuts him out again, with all that is written of it. */
async function useAccess(expects: Expects, as: string, word: string): Promise<void> {
  const invite = await expects(201, 'POST', '/api/invites', { as, body: { role: 'member' } })
  const unused = await expects(201, 'POST', '/api/invites', { as, body: { role: 'editor' } })
  await expects(204, 'DELETE', `/api/invites/${unused.json.id}`)
  await expects(200, 'GET', '/api/invites')
  const account = { username: `guest-of-${word}`, password: `a secret that ${word} keeps` }
  const body = { ...account, invite: invite.json.token }
  const { json: guest } = await expects(201, 'POST', '/api/auth/register', { body })
  const wrong = { ...account, password: `not what ${word} keeps` }
  await expects(401, 'POST', '/api/auth/login', { body: wrong })
  const { json: session } = await expects(200, 'POST', '/api/auth/login', { body: account })
  const own = { as: session.token as string }
  const token = await expects(201, 'POST', '/api/tokens', {
    ...own,
    body: { name: word, scopes: ['specs:read'] },
  })
  await expects(200, 'GET', '/api/me', { as: token.json.token })
  await expects(200, 'GET', '/api/tokens', own)
  await expects(204, 'DELETE', `/api/tokens/${token.json.id}`, own)
  await expects(200, 'GET', '/api/me/sessions', own)
  const next = { current: account.password, new: `what else ${word} would keep` }
  await expects(204, 'POST', '/api/me/password', { ...own, body: next })
  const path = `/api/users/${guest.id}`
  await expects(200, 'GET', `/api/users?q=${word}`)
  await expects(200, 'PATCH', path, { as, body: { quotaSpecs: 3 } })
  const { json: reset } = await expects(201, 'POST', `${path}/reset`)
  await expects(204, 'POST', '/api/auth/reset', {
    body: { token: reset.token, password: account.password },
  })
  await expects(204, 'DELETE', path)
  await expects(200, 'POST', '/api/ops/run/retention')
  await expects(200, 'GET', `/api/audit?actor=${guest.id}`)
  await expects(200, 'GET', '/api/usage')
}

/** Does what users do, all of it; every answer must be what it is elsewhere. Gives the announcement's title. */
export async function useEverything(
  { call, admin: as, tokenOf, app }: SchemaService,
  word: string,
) {
  const seen: [string, number][] = []
  async function expects(
    status: number,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    options: Parameters<typeof call>[2] = { as },
  ) {
    const answer = await call(method, path, options)
    seen.push([`${method} ${path}`, answer.status])
    if (answer.status !== status) {
      throw new Error(`${method} ${path} answered ${answer.status}, not ${status}: ${answer.text}`)
    }
    return answer
  }

  const editor = await tokenOf('editor')
  const body = { title: `about ${word}`, body: word }
  const headers = { 'idempotency-key': `key-of-${word}` }
  const made = await expects(201, 'POST', '/api/announcements', { as: editor, body, headers })
  const again = await expects(201, 'POST', '/api/announcements', { as: editor, body, headers })
  if (again.json.id !== made.json.id) throw new Error('the repetition was not recognised')
  const path = `/api/announcements/${made.json.id}`
  const etag = { 'if-match': made.headers['etag'] ?? '' }
  await expects(200, 'PATCH', path, { as, body: { pinned: true }, headers: etag })
  await expects(200, 'GET', '/api/announcements?active=false')

  const first = document(`The ${word}`, word)
  const spec = await expects(201, 'POST', `/api/specs?slug=${word}&tags=kept`, { as, body: first })
  await expects(200, 'GET', `/api/specs/${word}`)
  const next = { ...first, info: { ...first.info, version: '2.0.0' } }
  await expects(201, 'POST', `/api/specs/${word}/versions`, { as, body: next })
  await expects(201, 'POST', `/api/specs?slug=${word}-gone`, {
    as,
    body: document(`${word} gone`, word),
  })
  await expects(204, 'DELETE', `/api/specs/${word}-gone`)
  await expects(200, 'POST', '/api/specs/import', {
    as,
    body: [{ slug: `${word}-bulk`, content: JSON.stringify(document('Bulk', word)) }],
  })
  const versions = `/api/specs/${word}/versions`
  await expects(200, 'PATCH', `${versions}/1.0.0`, { as, body: { state: 'deprecated' } })
  await expects(200, 'GET', versions)
  await expects(200, 'GET', `${versions}/latest/document`)
  await expects(200, 'GET', `${versions}/latest/operations`)
  await expects(200, 'GET', `/specs/${word}`, {})
  await expects(200, 'GET', '/specs', {})
  await expects(200, 'PATCH', `/api/specs/${word}`, {
    as,
    body: { tags: ['kept', word] },
    headers: {
      'if-match': (await call('GET', `/api/specs/${word}`, { as })).headers['etag'] ?? '',
    },
  })
  for (const query of [
    'sort=new',
    'sort=updated',
    'sort=title',
    'sort=downloads',
    'owner=admin',
    'owner=admin&sort=title',
    `q=${word}`,
    `q=${word.slice(0, 2)}`,
    `q=all+about&sort=updated`,
    'tag=kept',
    'visibility=public',
    'include=content',
    'limit=1',
  ]) {
    const { json } = await expects(200, 'GET', `/api/specs?${query}`)
    if (json.items.length === 0) throw new Error(`${query} found nothing`)
    if (json.nextCursor) await expects(200, 'GET', `/api/specs?${query}&cursor=${json.nextCursor}`)
  }
  await useAccess(expects, as, word)
  for (const state of ['freeze', 'thaw']) await expects(200, 'POST', `/api/ops/${state}`)
  await expects(200, 'GET', '/api/ops/health')
  await expects(200, 'GET', '/api/me')
  await expects(200, 'GET', '/health/ready', {})
  await app.database.probe()
  return { spec: spec.json, requests: seen.length }
}
