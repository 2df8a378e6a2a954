import { randomUUIDv7 } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Role } from '../../../src/database/tables/tables.ts'
import { lazy } from '../../../src/lazy.ts'
import { hashPassword } from '../../../src/modules/users/passwords.ts'
import type { UserRow } from '../../../src/modules/users/users.repository.ts'
import { createToken, hashToken } from '../../../src/tokens.ts'
import { password } from '../../support/service.ts'

export interface Person extends UserRow {
  /** Of a session. */
  token: string
}

/** Hashing is slow, and these tests make many users. */
const hash = lazy(() => hashPassword(password))

export async function rowOf(role: Role, given: Partial<UserRow> = {}): Promise<UserRow> {
  const now = new Date().toISOString()
  return {
    id: randomUUIDv7(),
    username: `${role}-${crypto.randomUUID().slice(0, 8)}`,
    email: null,
    role,
    status: 'active',
    passwordHash: await hash(),
    createdAt: now,
    updatedAt: now,
    quotaSpecs: null,
    quotaBytes: null,
    ...given,
  }
}

/** What tests do with users all the time. */
export function peopleOf({ storage, database }: FastifyInstance) {
  async function make(role: Role, given: Partial<UserRow> = {}): Promise<Person> {
    const user = await rowOf(role, given)
    await storage.unitOfWork({}, (tx) => tx.users.create(user))
    return { ...user, token: await sessionOf(user) }
  }

  async function sessionOf({ id }: Pick<UserRow, 'id'>): Promise<string> {
    const token = createToken('session')
    const now = new Date().toISOString()
    await storage.unitOfWork({}, (tx) =>
      tx.sessions.create({
        id: randomUUIDv7(),
        userId: id,
        tokenHash: hashToken(token),
        createdAt: now,
        usedAt: now,
        expiresAt: inMs(3_600_000),
        address: null,
        client: null,
      }),
    )
    return token
  }

  /** A token of the API with these scopes. */
  async function apiTokenOf({ id }: Pick<UserRow, 'id'>, scopes: string[]): Promise<string> {
    const token = createToken('api')
    await database.unitOfWork({}, async (tx) => {
      await tx.insert(database.tables.apiTokens).values({
        id: randomUUIDv7(),
        userId: id,
        name: 'test',
        scopes: scopes as never,
        tokenHash: hashToken(token),
        createdAt: new Date().toISOString(),
        expiresAt: inMs(3_600_000),
      })
    })
    return token
  }

  /** Changes a user behind the service's back. */
  const set = (id: string, changes: Partial<UserRow>) =>
    storage.unitOfWork({}, (tx) => tx.users.update(id, changes))

  /** What the audit log says of an object, the oldest first. */
  async function auditOf(objectId: string) {
    const rows = await database.db.select().from(database.tables.audit)
    return rows
      .filter((row) => row.objectId === objectId)
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  return { make, sessionOf, apiTokenOf, set, auditOf }
}

export const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()

export const countOf = (statuses: number[]) =>
  statuses.reduce<Record<number, number>>(
    (counts, status) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }),
    {},
  )

export const times = <Result>(count: number, make: (i: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))
