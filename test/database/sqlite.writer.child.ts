// Writes through the dialect in a process of its own, and says on stdout what was acknowledged.
// Arguments: the file, how many writers at once, how many units each, and what they write through:
// `dialect`, or, as controls, `early` (acknowledged before the commit), `full` and `normal` (a commit each).
// A refused write is told as `!`, and the next one tried.
import { writeSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import BetterSqlite3 from 'better-sqlite3'
import { openSqlite } from '../../src/database/sqlite/sqlite.ts'

const [file = '', writers = '1', units = '1', mode = 'dialect'] = process.argv.slice(2)
const name = `${process.pid}`
const filling = 'x'.repeat(1000)
/** Pages of the log: few, so that a short run has checkpoints, too. */
const checkpoints = 'pragma wal_autocheckpoint = 50'
const insert = 'insert into settings (key, value) values (?, ?)'
const quiet = () => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const options = {
  poolMax: 2,
  poolMode: 'auto' as const,
  idleTimeoutMs: 30_000,
  maxLifetimeMs: 1_800_000,
  connectTimeoutMs: 10_000,
  queryTimeoutMs: 20_000,
  slowQueryMs: 0,
  log,
}

if (mode === 'dialect' || mode === 'early') await writeThroughDialect()
else writeNaively(mode)

async function writeThroughDialect() {
  const database = openSqlite({ kind: 'sqlite', file }, options)
  await database.open()
  await database.unitOfWork({}, (tx) => tx.execute(sql.raw(checkpoints)))
  tell('ready')
  const { settings } = database.tables
  const writer = async (_: unknown, index: number) => {
    for (let n = 0; n < Number(units); n += 1) {
      const key = `${name}-${index}-${n}`
      if (mode === 'early') tell(key)
      const written = database.unitOfWork({}, (tx) =>
        tx.insert(settings).values({ key, value: filling }),
      )
      const said = await written.then(
        () => key,
        () => '!',
      )
      if (mode !== 'early' || said === '!') tell(said)
    }
  }
  await Promise.all(Array.from({ length: Number(writers) }, writer))
  await database.close()
}

/** The same writes, a commit each: `full` or `normal`. */
function writeNaively(synchronous: string) {
  const connection = new BetterSqlite3(file)
  connection.exec(checkpoints)
  connection.pragma(`synchronous = ${synchronous}`)
  tell('ready')
  const statement = connection.prepare(insert)
  for (let n = 0; n < Number(writers) * Number(units); n += 1) {
    const key = `${name}-0-${n}`
    try {
      statement.run(key, filling)
      tell(key)
    } catch {
      tell('!')
    }
  }
  connection.close()
}

function tell(line: string) {
  writeSync(1, `${line}\n`)
}
