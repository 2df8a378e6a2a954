import { sql } from 'drizzle-orm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../src/database/index.ts'
import { parseTarget } from '../../src/database/target/target.ts'
import { databaseOptions, quiet } from '../support/database.options.ts'
import { databases } from '../support/databases.ts'

describe.each(databases)('the log of queries on $engine', ({ create }) => {
  async function logged(logQueries: boolean) {
    const lines: object[] = []
    const log = { ...quiet, info: (details: object) => void lines.push(details) }
    const { target } = parseTarget((await create()).url)
    const database = openDatabase(target, { ...databaseOptions, logQueries, log })
    onTestFinished(() => database.close())
    await database.open()
    await database.db.execute(sql`select ${'s3cret'} as word`)
    return lines
  }

  it('holds every statement with its duration, and no value', async () => {
    const lines = await logged(true)
    expect(lines).toContainEqual({
      sql: expect.stringMatching(/^select .* as word$/),
      ms: expect.any(Number),
    })
    expect(JSON.stringify(lines)).not.toContain('s3cret')
  })

  it('is empty unless it is asked for', async () => {
    expect(JSON.stringify(await logged(false))).not.toContain('as word')
  })
})
