import BetterSqlite3 from 'better-sqlite3'
import postgres from 'postgres'

/** Lets every insertion into a table fail from now on, whoever tries, until what it gives is called. */
export async function refuseInserts(url: string, table: string): Promise<() => Promise<void>> {
  const name = `refuse_${table}`
  if (url.startsWith('sqlite:')) {
    await onSqlite(
      url,
      `create trigger ${name} before insert on ${table} begin select raise(abort, 'refused'); end`,
    )
    return () => onSqlite(url, `drop trigger ${name}`)
  }
  await onPostgres(url, [
    `create function ${name}() returns trigger language plpgsql as
      $$ begin raise exception 'refused'; end $$`,
    `create trigger ${name} before insert on ${table} for each row execute function ${name}()`,
  ])
  return () => onPostgres(url, [`drop trigger ${name} on ${table}`])
}

function onSqlite(url: string, statement: string): Promise<void> {
  const file = new BetterSqlite3(url.replace('sqlite:///', ''))
  file.exec(statement)
  file.close()
  return Promise.resolve()
}

async function onPostgres(url: string, statements: string[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  for (const statement of statements) await sql.unsafe(statement)
  await sql.end()
}
