import { SQL } from 'drizzle-orm'
import type { Queryable } from '../../database/database.ts'

/**
 * Runs SQL that drizzle built once, again and again with other parameters. Gives the rows as arrays of the driver's
 * values: over a million rows, building and mapping cost drizzle more than the database takes.
 */
export async function run(db: Queryable, text: string, params: unknown[]): Promise<unknown[][]> {
  const rows: unknown = await db.execute(new Statement(text, params))
  return rows as unknown[][]
}

class Statement extends SQL {
  readonly #text: string
  readonly #params: unknown[]

  constructor(text: string, params: unknown[]) {
    super([])
    this.#text = text
    this.#params = params
  }

  override toQuery() {
    return { sql: this.#text, params: this.#params }
  }
}
