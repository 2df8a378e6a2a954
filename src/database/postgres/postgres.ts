import { StartError } from '../database.errors.ts'
import type { Database, DatabaseOptions } from '../database.ts'
import { createOutcomeRecord } from '../outcome.ts'
import { timeoutError } from './errors.ts'
import { openLane, type Lane } from './lane.ts'
import { createMigrations } from './migration.ts'
import { createLogin } from './password.ts'
import { createPool } from './pool.ts'
import { createReads } from './reads.ts'
import { checkServer, describeServer } from './server.ts'
import { createSnapshots } from './snapshot.ts'
import { secureContextOf, type Tls } from './tls.ts'
import { createUnits } from './unit.ts'
import { postgresTablesIn } from '../tables/postgres.ts'
import type { PostgresTarget } from '../target/target.ts'
import { createQueryable } from './queryable.ts'
import { defaultSchema, qualified } from '../names.ts'
import { createPostgresWords } from './words.ts'

const probeMs = 1_000

/** Fills the storage contract with a PostgreSQL server. Connects to nothing yet: `open()` does. */
export function openPostgres(target: PostgresTarget, options: DatabaseOptions): Database {
  const { queryTimeoutMs, log } = options
  const schema = target.schema ?? defaultSchema
  const tables = postgresTablesIn(schema)
  const record = createOutcomeRecord()
  let tls: Tls | undefined
  const logIn = createLogin(target)
  const pool = createPool({
    max: Math.min(options.poolMax, target.poolMax ?? Infinity),
    idleTimeoutMs: options.idleTimeoutMs,
    maxLifetimeMs: options.maxLifetimeMs,
    open: (onLost) =>
      logIn((target) => openLane({ ...laneOptions(target, options), onOpen, onLost })),
  })
  const context = { pool, record, queryTimeoutMs, schema }

  function onOpen(found: Tls) {
    if (found === 'plain' && tls !== found && target.ssl === 'prefer') {
      log.warn({}, 'the connection to the database is not encrypted: the server offers no TLS')
    }
    tls = found
  }

  /** Answers from whichever connection is free, or from a new one beside the pool. */
  async function onAnyLane<Result>(ask: (lane: Lane) => Promise<Result>): Promise<Result> {
    const free = pool.take()
    if (free) {
      try {
        return await ask(free)
      } catch (error) {
        // It may have died long ago, unnoticed: that says nothing of the database.
        if (free.usable()) throw error
      } finally {
        pool.release(free)
      }
    }
    const lane = await pool.extra()
    try {
      return await ask(lane)
    } finally {
      pool.dismiss(lane)
    }
  }

  async function recorded<Result>(work: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now()
    try {
      const result = await work()
      record.succeeded(startedAt)
      return result
    } catch (error) {
      record.failed(error, startedAt)
      throw error
    }
  }

  return {
    engine: 'postgres',
    schema,
    tables,
    words: createPostgresWords(tables),
    tableName: (name) => qualified(schema, name),
    db: createQueryable(createReads(context)),
    async open() {
      checkCertificates(target)
      const lane = await recorded(() => pool.acquire())
      try {
        await recorded(() => checkServer(lane, { deadlineMs: queryTimeoutMs, log }))
      } finally {
        pool.release(lane)
      }
    },
    unitOfWork: createUnits(context),
    snapshot: createSnapshots(context),
    migration: createMigrations(context),
    pool: () => ({ ...pool.stats(), ...(tls && { tls }) }),
    lastOutcome: record.last,
    onOutcomeChange: record.onChange,
    probe: () =>
      recorded(() =>
        inTime(
          probeMs,
          onAnyLane((lane) => lane.script('select 1', { deadlineMs: probeMs / 2 })),
        ),
      ),
    describe: () =>
      onAnyLane((lane) => describeServer(lane, { deadlineMs: queryTimeoutMs, schema })),
    close: () => pool.close(),
  }
}

function laneOptions(target: PostgresTarget, options: DatabaseOptions) {
  const { slowQueryMs, logQueries, log, poolMode } = options
  return {
    target,
    connectTimeoutMs: target.connectTimeoutMs ?? options.connectTimeoutMs,
    named: mayName(poolMode, target),
    onStatement(sql: string, ms: number) {
      if (logQueries) log.info({ sql, ms: Math.round(ms) }, 'query')
      if (slowQueryMs > 0 && ms >= slowQueryMs) log.warn({ sql, ms: Math.round(ms) }, 'slow query')
    },
  }
}

/** Raises `StartError` (78) for certificates of the settings that cannot be read. */
function checkCertificates(target: PostgresTarget): void {
  try {
    secureContextOf(target)
  } catch (error) {
    const { code = 'no code' } = error as NodeJS.ErrnoException
    throw new StartError(
      78,
      `the certificates for the database (DATABASE_CA_CERT, or sslrootcert, sslcert and sslkey in the address) cannot be used (${code}): they are PEM texts, the key without a passphrase`,
    )
  }
}

/** Whether statements may be named; undefined where it must be found out. */
function mayName(mode: DatabaseOptions['poolMode'], target: PostgresTarget): boolean | undefined {
  if (mode !== 'auto') return mode !== 'transaction'
  return target.transactionPooler ? false : undefined
}

async function inTime(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeoutError()), ms)
  })
  try {
    await Promise.race([work, expiry])
  } finally {
    clearTimeout(timer)
  }
}
