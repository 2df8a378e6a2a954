import { randomUUIDv7 } from 'node:crypto'
import { scopes, type Scope } from '../../src/database/tables/people.tables.ts'
import type { Role } from '../../src/database/tables/tables.ts'
import { createToken, hashToken, type TokenKind } from '../../src/tokens.ts'
import type { Rows } from './rows.ts'

export const backupToken = 'a-token-for-backups-of-forty-characters-'
export const metricsToken = 'a-token-for-metrics-of-forty-characters-'

/** Somebody who asks, as the table knows him. */
export interface Kind {
  name: string
  /** As which column he is answered; `bad` never as any, `opener` on the routes that name his variable. */
  as: Role | 'guest' | 'bad' | 'opener'
  /** Of an API token: the one that it has. */
  scope?: Scope
  variable?: string
  enter: (rows: Rows) => Entered
}

/** One of a kind, with rows of his own. */
export interface Entered {
  /** The Authorization header. */
  authorization: string | undefined
  /** The user behind it, if there is one. */
  userId: string | undefined
}

const past = '2020-01-01T00:00:00.000Z'
const longPast = '2019-12-01T00:00:00.000Z'
const roles = ['member', 'editor', 'admin'] as const

const good: Kind[] = [
  { name: 'a guest', as: 'guest', enter: () => ({ authorization: undefined, userId: undefined }) },
  ...roles.map((role): Kind => ({ name: role, as: role, enter: (rows) => bySession(rows, role) })),
]

/** API tokens of each role, each with a single scope. */
const tokens: Kind[] = roles.flatMap((role) =>
  scopes.map((scope): Kind => ({
    name: `${role} by a token with ${scope}`,
    as: role,
    scope,
    enter: (rows) => byToken(rows, role, [scope]),
  })),
)

/** All that must never be anybody; each would be an administrator, and each token is good for everything. */
const bad: Kind[] = [
  text('nonsense', 'Bearer nonsense'),
  text('an empty token', 'Bearer '),
  text('another scheme', 'Basic YWRtaW46YWRtaW4='),
  text('two tokens', `Bearer ${createToken('session')} ${createToken('session')}`),
  text('an unknown session', `Bearer ${createToken('session')}`),
  text('an unknown API token', `Bearer ${createToken('api')}`),
  of('an expired session', (rows) => bySession(rows, 'admin', { row: { expiresAt: past } })),
  of('an idle session', (rows) => bySession(rows, 'admin', { row: { usedAt: past } })),
  of('an ended session', (rows) => gone(rows, 'sessions', bySession(rows, 'admin'))),
  of('the session of a disabled user', (rows) =>
    bySession(rows, 'admin', { user: { status: 'disabled' } }),
  ),
  of('an expired API token', (rows) =>
    byToken(rows, 'admin', [...scopes], { row: { createdAt: longPast, expiresAt: past } }),
  ),
  of('a revoked API token', (rows) => gone(rows, 'apiTokens', byToken(rows, 'admin', [...scopes]))),
  of('the API token of a disabled user', (rows) =>
    byToken(rows, 'admin', [...scopes], { user: { status: 'disabled' } }),
  ),
  of('an invite', invited),
  of('a reset', resetting),
]

const openers: Kind[] = [opener('BACKUP_TOKEN', backupToken), opener('METRICS_TOKEN', metricsToken)]

export const kinds: Kind[] = [...good, ...tokens, ...bad, ...openers]

function text(name: string, authorization: string): Kind {
  return of(name, () => ({ authorization, userId: undefined }))
}

function of(name: string, enter: Kind['enter']): Kind {
  return { name, as: 'bad', enter }
}

function opener(variable: string, token: string): Kind {
  const entered = { authorization: `Bearer ${token}`, userId: undefined }
  return { name: variable, as: 'opener', variable, enter: () => entered }
}

interface Known extends Entered {
  userId: string
  /** Of the row that is the credential. */
  id: string
}

/** What is different about a credential, and about its user. */
interface Differences {
  row?: { createdAt?: string; expiresAt?: string; usedAt?: string }
  user?: { status: 'disabled' }
}

function bySession(rows: Rows, role: Role, { row, user }: Differences = {}): Known {
  const { id: userId } = rows.user(role, user)
  const { token, ...credential } = credentialOf('session')
  const usedAt = credential.createdAt
  rows.add('sessions', { ...credential, userId, usedAt, ...row })
  return { authorization: `Bearer ${token}`, userId, id: credential.id }
}

function byToken(rows: Rows, role: Role, granted: Scope[], { row, user }: Differences = {}): Known {
  const { id: userId } = rows.user(role, user)
  const { token, ...credential } = credentialOf('api')
  rows.add('apiTokens', { ...credential, userId, name: 'a program', scopes: granted, ...row })
  return { authorization: `Bearer ${token}`, userId, id: credential.id }
}

function invited(rows: Rows): Entered {
  const { id: userId } = rows.user('admin')
  const { token, ...credential } = credentialOf('invite')
  rows.add('invites', { ...credential, createdBy: userId, role: 'admin' })
  return { authorization: `Bearer ${token}`, userId }
}

function resetting(rows: Rows): Entered {
  const { id: userId } = rows.user('admin')
  const { token, ...credential } = credentialOf('reset')
  rows.add('resets', { ...credential, userId })
  return { authorization: `Bearer ${token}`, userId }
}

/** A token and the columns that every kind of it has. */
export function credentialOf(kind: TokenKind) {
  const token = createToken(kind)
  const now = Date.now()
  return {
    token,
    id: randomUUIDv7(),
    tokenHash: hashToken(token),
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(now + 3_600_000).toISOString(),
  }
}

function gone(rows: Rows, table: 'sessions' | 'apiTokens', known: Known): Entered {
  rows.remove(table, known.id)
  return known
}
