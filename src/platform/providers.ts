import type { Provider } from '../database/target/target.ts'

/** What is known of a provider's free databases; what is paid for has none of these ends. Looked up in November 2026. */
interface FreePlan {
  label: string
  /** Deleted so many days after it was created. */
  expiresAfterDays?: number
  /** Stopped by hand of the provider after so many days with little traffic, until its owner starts it again. */
  pausesAfterDays?: number
  /** Asleep after so many minutes without a query; the next one wakes it. */
  sleepsAfterMinutes?: number
  computeHoursAMonth?: number
  maxBytes?: number
  /** What the provider keeps no copy of is for its user to keep. */
  noBackups?: true
  /** In place of limits that can be counted. */
  remark?: string
}

const MB = 1_000_000

const plans: Partial<Record<Provider, FreePlan>> = {
  render: { label: 'Render', expiresAfterDays: 30, maxBytes: 1000 * MB, noBackups: true },
  supabase: { label: 'Supabase', pausesAfterDays: 7, maxBytes: 500 * MB, noBackups: true },
  neon: { label: 'Neon', sleepsAfterMinutes: 5, computeHoursAMonth: 100, maxBytes: 500 * MB },
  koyeb: { label: 'Koyeb', sleepsAfterMinutes: 5, computeHoursAMonth: 5 },
  railway: { label: 'Railway', remark: 'A trial’s database ends when its credit is used up.' },
}

/** What a database tells of itself. */
export interface ProviderFacts {
  /** Of the first migration, as ISO 8601: the database is at least as old. */
  firstMigrationAt?: string | undefined
  sizeBytes?: number | undefined
  now?: Date
}

export interface Notice {
  code: 'expires' | 'pauses' | 'sleeps' | 'compute_hours' | 'size' | 'no_backups' | 'remark'
  /** `warn` where something has to be done soon. */
  level: 'info' | 'warn'
  /** One sentence for people. */
  says: string
  /** At most so many whole days are left, if the database is of the free plan. */
  daysLeft?: number
}

/** Gives what is to be known of a provider's databases, with the days left where they can be known. */
export function noticesFor(
  provider: Provider | undefined,
  { firstMigrationAt, sizeBytes, now = new Date() }: ProviderFacts = {},
): Notice[] {
  const plan = provider && plans[provider]
  if (!plan) return []
  return [
    expiry(plan, firstMigrationAt, now),
    size(plan, sizeBytes),
    pause(plan),
    sleep(plan),
    computeHours(plan),
    backups(plan),
    remark(plan),
  ].filter((notice) => notice !== undefined)
}

const dayMs = 86_400_000
const soonDays = 10

function expiry(plan: FreePlan, since: string | undefined, now: Date): Notice | undefined {
  const { label, expiresAfterDays: days } = plan
  if (days === undefined) return undefined
  const rule = `${label} deletes a free database ${days} days after it was created`
  const end = since === undefined ? NaN : Date.parse(since) + days * dayMs
  const daysLeft = Math.floor((end - now.getTime()) / dayMs)
  // Older than that, it is not free, or its tables were brought along from another one.
  if (Number.isNaN(daysLeft) || daysLeft < 0)
    return { code: 'expires', level: 'info', says: `${rule}.` }
  const date = new Date(end).toISOString().slice(0, 10)
  const says = `${rule}: this one, if it is free, by ${date}. Export it before, or pay for it.`
  return { code: 'expires', level: daysLeft <= soonDays ? 'warn' : 'info', says, daysLeft }
}

function size({ label, maxBytes }: FreePlan, bytes: number | undefined): Notice | undefined {
  if (maxBytes === undefined) return undefined
  const rule = `${label} gives a free database ${megabytes(maxBytes)}`
  // What is larger cannot be free.
  if (bytes === undefined || bytes > maxBytes * 1.1)
    return { code: 'size', level: 'info', says: `${rule}.` }
  const says = `${rule}; this one has ${megabytes(bytes)}.`
  return { code: 'size', level: bytes > maxBytes * 0.8 ? 'warn' : 'info', says }
}

function pause({ label, pausesAfterDays: days }: FreePlan): Notice | undefined {
  if (days === undefined) return undefined
  const says = `${label} pauses a free project after ${days} days with little traffic, until its owner resumes it in the dashboard.`
  return { code: 'pauses', level: 'info', says }
}

function sleep({ label, sleepsAfterMinutes: minutes }: FreePlan): Notice | undefined {
  if (minutes === undefined) return undefined
  const says = `${label} lets a free database sleep after ${minutes} minutes without a query; the next one waits for it to wake.`
  return { code: 'sleeps', level: 'info', says }
}

function computeHours({ label, computeHoursAMonth: hours }: FreePlan): Notice | undefined {
  if (hours === undefined) return undefined
  const says = `${label} runs a free database for ${hours} compute hours a month: whatever asks it regularly uses them up.`
  return { code: 'compute_hours', level: 'info', says }
}

function backups({ label, noBackups }: FreePlan): Notice | undefined {
  if (!noBackups) return undefined
  const says = `${label} makes no backups of a free database: fetch /api/export regularly.`
  return { code: 'no_backups', level: 'info', says }
}

function remark({ remark: says }: FreePlan): Notice | undefined {
  return says === undefined ? undefined : { code: 'remark', level: 'info', says }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`
}
