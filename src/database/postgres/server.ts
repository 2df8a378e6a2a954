import { StartError } from '../database.errors.ts'
import type { DatabaseLog } from '../database.ts'
import type { Lane } from './lane.ts'

/** Some hosts still give 13, and nothing newer is needed. */
const oldestVersion = 130_000

/** Refuses a server that the data would not be safe on, or whole. Raises `StartError` (78). */
export async function checkServer(lane: Lane, options: { deadlineMs: number; log: DatabaseLog }) {
  const { rows } = await lane.run(
    `select current_setting('server_version_num')::int, current_setting('server_version'),
      pg_encoding_to_char(encoding), current_setting('transaction_read_only')
      from pg_database where datname = current_database()`,
    [],
    options,
  )
  const [number, version, encoding, readOnly] = rows[0] ?? []
  if (Number(number) < oldestVersion) {
    throw new StartError(
      78,
      `PostgreSQL ${String(version)} is too old: version 13 or newer is needed`,
    )
  }
  if (encoding !== 'UTF8') {
    throw new StartError(
      78,
      `the database stores text as ${String(encoding)}: create one with encoding UTF8, and copy the data into it`,
    )
  }
  if (readOnly === 'on') {
    options.log.warn({}, 'the database is read-only: a standby, or its provider has locked it')
  }
}

/** See `Database.describe`. */
export async function describeServer(
  lane: Lane,
  { schema, ...options }: { deadlineMs: number; schema: string },
) {
  const { rows } = await lane.run(
    `select current_setting('server_version'), pg_database_size(current_database())::float8,
      current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'),
      current_setting('data_checksums'), current_setting('max_connections')::int,
      current_setting('transaction_read_only')`,
    [],
    options,
  )
  const [version, sizeBytes, synchronousCommit, fsync, fullPageWrites, checksums, connections, ro] =
    rows[0] ?? []
  return {
    version: String(version),
    sizeBytes: Number(sizeBytes),
    /** Where it is weaker than `on`, units ask for `on` themselves. */
    synchronousCommit: String(synchronousCommit),
    fsync: fsync === 'on',
    fullPageWrites: fullPageWrites === 'on',
    dataChecksums: checksums === 'on',
    maxConnections: Number(connections),
    readOnly: ro === 'on',
    /** Its mode does not show for certain: none is trusted with named statements that is not told to be. */
    pooler: lane.pooled,
    schema,
    tls: lane.tls,
    tlsProtocol: lane.protocol,
  }
}
