import type { Database } from '../../src/database/database.ts'
import type { Tables } from '../../src/database/tables/tables.ts'
import { idOf, passwordHashOf, sha256, userRow, type UserValues } from './portability.fixture.ts'

const time = '2026-11-20T10:03:21.100Z'
const later = '2999-01-01T00:00:00.000Z'

export const personId = (number: number) => idOf(number, 1)
export const tokenId = (number: number) => idOf(number, 30)
export const inviteId = (number: number) => idOf(number, 31)

/** What is kept of a secret in a table. */
export const hashOf = (secret: string) => sha256(secret)

export const person = (number: number, values: Partial<UserValues> = {}) =>
  userRow({
    id: personId(number),
    username: `person-${number}`,
    email: number % 2 === 0 ? null : `person.${number}@example.org`,
    role: number === 1 ? 'admin' : 'member',
    passwordHash: passwordHashOf(number),
    quotaSpecs: number % 3 === 0 ? null : number,
    quotaBytes: number % 4 === 0 ? null : 2 ** 50,
    ...values,
  })

export function tokenRow(
  number: number,
  values: Partial<Tables['apiTokens']['$inferInsert']> = {},
) {
  return {
    id: tokenId(number),
    userId: personId(number),
    name: `Token “${number}” 😀`,
    scopes: ['specs:read' as const, 'ops:run' as const].slice(number % 2),
    tokenHash: hashOf(`token ${number}`),
    createdAt: time,
    expiresAt: later,
    ...values,
  }
}

export function inviteRow(number: number, values: Partial<Tables['invites']['$inferInsert']> = {}) {
  return {
    id: inviteId(number),
    role: 'member' as const,
    email: null,
    tokenHash: hashOf(`invite ${number}`),
    createdBy: personId(1),
    createdAt: time,
    expiresAt: later,
    usedAt: null,
    usedBy: null,
    ...values,
  }
}

export const usedInvite = (number: number) =>
  inviteRow(number, { tokenHash: null, usedAt: time, usedBy: personId(2) })

export function auditRow(number: number) {
  return {
    id: idOf(number, 32),
    at: time,
    action: 'spec.create',
    outcome: 'done' as const,
    actorKind: 'user' as const,
    actorId: personId(1),
    actorName: 'person-1',
    credentialId: idOf(number, 33),
    objectKind: 'spec',
    objectId: idOf(number, 34),
    objectName: 'a-spec',
    address: '2001:db8::1',
    requestId: `request-${number}`,
    details: { visibility: 'private', count: number, on: true, none: null },
  }
}

const counts = { requests: 7, errors: 1, refusals: 2, bytesIn: 2 ** 40, bytesOut: 3, duration: 4 }

/** Rows in every table of people and of what they did; with secrets of which no trace may leave with an export. */
export const secrets = [
  ...[1, 2, 3].flatMap((n) => [passwordHashOf(n), hashOf(`token ${n}`), hashOf(`invite ${n}`)]),
  ...['session', 'reset', 'a limit'].map(hashOf),
]

export async function addPeople(database: Database): Promise<void> {
  const t = database.tables
  const access = { id: idOf(1, 40), userId: personId(1), createdAt: time, expiresAt: later }
  await database.unitOfWork({}, async (tx) => {
    await tx.insert(t.users).values([1, 2, 3].map((number) => person(number)))
    await tx.insert(t.apiTokens).values([1, 2, 3].map((number) => tokenRow(number)))
    await tx
      .insert(t.invites)
      .values([
        inviteRow(1),
        inviteRow(2, { email: 'guest@example.org', role: 'admin' }),
        usedInvite(3),
        inviteRow(4, { tokenHash: null }),
      ])
    await tx.insert(t.audit).values([1, 2].map(auditRow))
    await tx.insert(t.usage).values({
      id: '2026-11-20.abc',
      day: '2026-11-20T00:00:00.000Z',
      userId: null,
      ...counts,
      route: 'GET /api/specs/:slug',
    })
    await tx.insert(t.usageDays).values({ id: '2026-11-20', ...counts })
    await tx.insert(t.tokenUses).values({ id: tokenId(1), usedAt: time })
    await tx.insert(t.sessions).values({
      ...access,
      tokenHash: hashOf('session'),
      usedAt: time,
      address: '192.0.2.1',
      client: 'a client',
    })
    await tx.insert(t.resets).values({ ...access, tokenHash: hashOf('reset') })
    await tx.insert(t.limits).values({
      id: hashOf('a limit'),
      count: 3,
      since: time,
      blockedUntil: null,
      expiresAt: later,
    })
    await tx.insert(t.jobs).values({ id: 'retention', details: {} })
  })
}
