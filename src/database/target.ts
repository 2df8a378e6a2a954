export interface SqliteTarget {
  kind: 'sqlite'
  /** A path, or `:memory:`. */
  file: string
}

export interface PostgresTarget {
  kind: 'postgres'
  host: string
  port: number
  database: string
  user: string
  password: string | undefined
  ssl: 'disable' | 'prefer' | 'require' | 'verify-full'
  /** What the address itself asks for. */
  applicationName?: string
  connectTimeoutMs?: number
  poolMax?: number
  transactionPooler?: boolean
}

export type Target = SqliteTarget | PostgresTarget
