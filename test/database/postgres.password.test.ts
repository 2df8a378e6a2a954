import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { openPostgres } from '../../src/database/postgres/postgres.ts'
import { parseTarget, type PostgresTarget } from '../../src/database/target/target.ts'
import { databaseOptions } from '../support/database.options.ts'
import { createPostgres } from '../support/databases.ts'
import { observe } from './postgres.fixture.ts'

const half = 'p#@%41b'
const decoded = 'p#@Ab'

/** A database that one user with this password may enter, and the address of it with that password as it was pasted. */
async function enter(real: string, pasted: string) {
  const { url } = await createPostgres()
  const role = `r_${Math.random().toString(36).slice(2)}`
  const sql = observe(inject('postgresUrl'))
  await sql.unsafe(`create role ${role} login password '${real}'`)
  onTestFinished(async () => void (await sql.unsafe(`drop role ${role}`)))
  const { host, pathname } = new URL(url)
  const { target } = parseTarget(`postgres://${role}:${pasted}@${host}${pathname}`)
  const database = openPostgres(target as PostgresTarget, databaseOptions)
  onTestFinished(() => database.close())
  return { database, target: target as PostgresTarget }
}

describe('a password that may or may not be encoded', () => {
  it('opens the database when it was in part', async () => {
    const { database, target } = await enter(decoded, half)
    expect(target).toMatchObject({ password: decoded, otherPassword: half })
    await database.open()
  })

  it('opens the database when it was not', async () => {
    const { database } = await enter(half, half)
    await database.open()
    await database.probe()
  })

  it('is refused when neither way to read it is right', async () => {
    const { database } = await enter('another', half)
    await expect(database.open()).rejects.toMatchObject({ kind: 'unavailable', code: '28P01' })
    await expect(database.open()).rejects.toMatchObject({ kind: 'unavailable', code: '28P01' })
  })

  it('is not tried a second time where it can be read in one way only', async () => {
    const { database, target } = await enter('another', 'p%41')
    expect(target).not.toHaveProperty('otherPassword')
    await expect(database.open()).rejects.toMatchObject({ code: '28P01' })
  })
})
