/** What the pages read of the answers; the service's schemas say all of it. */

export type Role = 'member' | 'editor' | 'admin'

export interface User {
  id: string
  username: string
  email: string | null
  role: Role
  status: 'active' | 'disabled'
  createdAt: string
  updatedAt: string
}

interface Used {
  used: number
  limit: number | null
}

export interface Me extends User {
  quota: { specs: Used; bytes: Used }
}

export interface ManagedUser extends User {
  quotaSpecs: number | null
  quotaBytes: number | null
}

export interface Session {
  id: string
  createdAt: string
  usedAt: string
  expiresAt: string
  address: string | null
  client: string | null
  current: boolean
}

export interface Token {
  id: string
  name: string
  scopes: string[]
  expiresAt: string
  lastUsedAt: string | null
  createdAt: string
}

export interface Invite {
  id: string
  role: Role
  email: string | null
  expiresAt: string
  usedAt: string | null
  usedBy: string | null
  createdBy: string
  createdAt: string
}

export interface Announcement {
  id: string
  title: string
  body: string
  audience: 'everyone' | 'users' | 'editors'
  pinned: boolean
  startsAt: string | null
  endsAt: string | null
  updatedAt: string
}

export interface AuditEntry {
  id: string
  at: string
  action: string
  outcome: 'done' | 'refused'
  actor: { kind: string; id: string | null; name: string | null; credentialId: string | null }
  object: { kind: string; id: string | null; name: string | null } | null
  address: string | null
  requestId: string | null
  details: Record<string, string | number | boolean | null>
}

/** An answer that holds a secret, which is shown this once. */
export interface Secret {
  token: string
  expiresAt: string
  /** Where to go with it, where the service knows its own address. */
  link?: string
}

export interface Page<Item> {
  items: Item[]
  /** Absent where the list is always whole. */
  nextCursor?: string | null
}

export interface Usage {
  day?: string
  route?: string
  /** Null for guests. */
  user?: { id: string; username: string | null } | null
  requests: number
  errors: number
  refusals: number
  bytesIn: number
  bytesOut: number
  durationMs: number
}

export interface Job {
  name: string
  startedAt: string | null
  endedAt: string | null
  outcome: string | null
}

export interface Health {
  status: 'starting' | 'healthy' | 'degraded'
  version: string
  host: string
  uptimeSeconds: number
  memoryBytes: number
  frozen: boolean
  lastError: string | null
  address: string
  notices: { level: 'info' | 'warn'; says: string }[]
  database: Record<string, string | number | boolean | null>
  jobs?: Job[]
  storage: {
    engine: 'sqlite' | 'postgres'
    durability: 'durable' | 'local' | 'ephemeral'
    latencyMs?: number
    pool: { max: number; open: number; inUse: number; waiting: number; timeouts: number }
    migrations: { applied: number; pending: number }
  }
}
