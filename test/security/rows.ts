import { randomUUIDv7 } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { FastifyInstance } from 'fastify'
import { declarations, type Role, type Tables } from '../../src/database/tables/tables.ts'
import { outlineOf } from '../../src/modules/specs/spec.ts'
import { newUser } from '../../src/modules/users/new-user.ts'
import { password } from '../support/service.ts'

export type Rows = Awaited<ReturnType<typeof createRows>>
type Row<Name extends keyof Tables> = Tables[Name]['$inferInsert']
type User = Row<'users'>

/** Far below the number of parameters that a statement may have. */
const atOnce = 200

/**
 * Rows that are stored together by `flush`, some to be deleted again: thousands of users and things that are nobody
 * else's cost less than a few requests.
 */
export async function createRows(app: FastifyInstance) {
  const added = new Map<keyof Tables, object[]>()
  const removed: { name: keyof Tables; id: string }[] = []
  const model = await newUser({ username: 'model', password, role: 'member' })
  const document = await app.descriptions.check(bytesOf('the model'))
  let count = 0

  function add<Name extends keyof Tables>(name: Name, row: Row<Name>): Row<Name> {
    const rows = added.get(name) ?? []
    rows.push(row)
    added.set(name, rows)
    return row
  }

  return {
    add,
    /** A checked document that all the specs here may share. */
    document,

    /** Another number each time. */
    next: () => (count += 1),

    /** A user whose password is that of the tests. */
    user(role: Role, change: Partial<User> = {}): User {
      const id = randomUUIDv7()
      const name = `${role}-${id}`
      return add('users', {
        ...model,
        id,
        username: name,
        email: `${name}@example.org`,
        role,
        ...change,
      })
    },

    /** Stored, and deleted before anybody asks. */
    remove(name: keyof Tables, id: string): void {
      removed.push({ name, id })
    },

    async flush(): Promise<void> {
      await app.database.unitOfWork({ deadline: 'bulk' }, async (tx) => {
        for (const name of Object.keys(declarations) as (keyof Tables)[]) {
          const rows = added.get(name) ?? []
          for (let at = 0; at < rows.length; at += atOnce) {
            const table = app.database.tables[name] as PgTable
            await tx.insert(table).values(rows.slice(at, at + atOnce))
          }
        }
        for (const { name, id } of removed) {
          const table = app.database.tables[name] as Tables['users']
          await tx.delete(table).where(eq(table.id, id))
        }
      })
      added.clear()
      removed.length = 0
    },

    async keepDocument(): Promise<void> {
      const { sha256: id, content } = document
      await app.storage.unitOfWork({}, (tx) =>
        tx.documents.create({ id, outline: outlineOf(document), content }),
      )
    },
  }
}

/** The smallest description that there is, with a text of its own. */
export function bytesOf(description: string): Uint8Array<ArrayBuffer> {
  const info = { title: 'A model', version: '1.0.0', description }
  return new Uint8Array(Buffer.from(JSON.stringify({ openapi: '3.1.0', info, paths: {} })))
}
