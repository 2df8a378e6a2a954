import postgres from 'postgres'
import { hashToken } from '../../src/tokens.ts'
import { createPostgres } from '../support/databases.ts'
import { clientOf, password, startApp, type Answer } from '../support/service.ts'
import { startTransactionProxy, type Loss } from '../support/transaction.proxy.ts'

export const losses: Loss[] = ['fin', 'reset', 'silence']

export type LostService = Awaited<ReturnType<typeof startBehindProxy>>

/** The service behind a proxy that can lose its connections, with a deadline for its statements, in seconds. */
export async function startBehindProxy(deadline: number) {
  const { url } = await createPostgres()
  const proxy = await startTransactionProxy(Number(new URL(url).port))
  const app = await startApp({
    DATABASE_URL: proxy.through(url),
    DATABASE_POOL_MAX: '30',
    DATABASE_QUERY_TIMEOUT: String(deadline),
    REGISTRATION: 'open',
  })
  await app.started
  const client = clientOf(app)
  const admin = await client.login()
  // Nobody has more than fifty API tokens.
  const members = await Promise.all(Array.from({ length: 16 }, () => client.tokenOf('member')))
  // What is there is seen past the service, and past the proxy.
  const sql = postgres(url, { max: 2, onnotice: () => undefined })
  return {
    ...client,
    app,
    url,
    proxy,
    sql,
    admin,
    members,
    async close() {
      await sql.end({ timeout: 1 })
      await app.close()
      await proxy.close()
    },
  }
}

/** With the secret's hash, where there is one. */
interface Row {
  id: string
  hash?: string
}

/** A request that changes something, told by its mark from all others, and the rows that it made. */
export interface Deed {
  name: string
  send: (service: LostService, number: number, mark: string, key?: string) => Promise<Answer>
  /** Its rows. */
  rows: (service: LostService, mark: string) => Promise<Row[]>
}

export const deeds: Deed[] = [
  {
    name: 'announcement',
    send: ({ call, admin }, _number, mark, key) =>
      call('POST', '/api/announcements', {
        as: admin,
        body: { title: mark, body: '' },
        headers: keyed(key),
      }),
    rows: ({ sql }, mark) => sql<Row[]>`select id from announcements where title = ${mark}`,
  },
  {
    name: 'API token',
    send: ({ call, members }, number, mark, key) =>
      call('POST', '/api/tokens', {
        as: members[Math.floor(number / 4) % members.length],
        body: { name: mark, scopes: ['specs:read'] },
        headers: keyed(key),
      }),
    rows: ({ sql }, mark) =>
      sql<Row[]>`select id, token_hash as hash from api_tokens where name = ${mark}`,
  },
  {
    name: 'invite',
    send: ({ call, admin }, _number, mark, key) =>
      call('POST', '/api/invites', {
        as: admin,
        body: { role: 'member', email: `${mark}@example.org` },
        headers: keyed(key),
      }),
    rows: ({ sql }, mark) =>
      sql<Row[]>`select id, token_hash as hash from invites where email = ${`${mark}@example.org`}`,
  },
  {
    name: 'registration',
    send: ({ call }, _number, mark, key) =>
      call('POST', '/api/auth/register', {
        body: { username: mark, password },
        headers: keyed(key),
      }),
    rows: ({ sql }, mark) => sql<Row[]>`select id from users where username = ${mark}`,
  },
]

/** Sends it again, as a client does who got 503, until it is something else. */
export async function persist(send: () => Promise<Answer>) {
  const lost: Answer[] = []
  for (;;) {
    const answer = await send()
    if (answer.status !== 503 || lost.length === 20) return { answer, lost }
    lost.push(answer)
  }
}

/** Whether what was answered is what was stored: the id, and the secret behind the hash. */
export function tells(answer: Answer, row: Row | undefined): boolean {
  const { id, token } = answer.json as { id: string; token?: string }
  return id === row?.id && (token === undefined || hashToken(token) === row.hash)
}

/** How often the audit log tells of something that was done to an object. */
export async function timesAudited({ sql }: LostService, { id }: Row): Promise<number> {
  return (await sql`select id from audit where object_id = ${id}`).length
}

/** Runs work for each number, so many at a time. */
export async function inLanes(
  lanes: number,
  count: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

function keyed(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { 'idempotency-key': key }
}
