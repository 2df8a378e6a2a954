import type { Health, Job } from '../api/types.ts'
import { h, type Child } from '../dom/element.ts'
import { bytes, count, time, wait } from '../dom/format.ts'
import { table } from '../dom/table.ts'

/** What somebody should know before all figures. */
export function findings({ status, frozen, lastError, notices }: Health): HTMLElement[] {
  const warning = (text: string) => h('p', { class: 'notice warn' }, text)
  return [
    ...(frozen ? [warning('The service is frozen: every change is refused.')] : []),
    ...(status === 'degraded' ? [warning('The service is degraded.')] : []),
    ...(lastError === null ? [] : [warning(`The database last failed with: ${lastError}`)]),
    ...notices.map(({ level, says }) =>
      h('p', { class: level === 'warn' ? 'notice warn' : 'notice' }, says),
    ),
  ]
}

const durabilities: Record<string, string> = {
  durable: 'what is written lasts',
  local: 'as this machine’s disk lasts',
  ephemeral: 'lost with the next restart',
}

export function vitals(health: Health): HTMLElement {
  const { storage, status, version, uptimeSeconds, memoryBytes } = health
  const { engine, durability, latencyMs, pool, migrations } = storage
  return h(
    'dl',
    { class: 'facts' },
    fact('Status', h('span', { class: `badge ${status === 'healthy' ? 'good' : 'bad'}` }, status)),
    fact('Version', version),
    fact('Host', health.host),
    fact('Runs for', wait(uptimeSeconds)),
    fact('Memory', bytes(memoryBytes)),
    fact('Database', engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'),
    fact('Durability', `${durability}: ${durabilities[durability] ?? ''}`),
    fact('Address', h('code', {}, health.address)),
    latencyMs !== undefined && fact('Answers in', `${latencyMs.toFixed(1)} ms`),
    fact('Connections', `${pool.inUse} in use, ${pool.open} open, ${pool.max} at most`),
    fact('Waiting', `${pool.waiting} now; ${count(pool.timeouts)} waited in vain`),
    fact('Migrations', `${migrations.applied} applied, ${migrations.pending} to come`),
  )
}

/** What the database says of itself, by its own names. */
export function particulars({ database }: Health): HTMLElement[] {
  const facts = Object.entries(database).map(([name, value]) => fact(name, words(name, value)))
  return facts.length === 0
    ? []
    : [h('h3', {}, 'Of the database'), h('dl', { class: 'facts' }, facts)]
}

function words(name: string, value: Health['database'][string] | undefined): string {
  if (typeof value === 'number') return name.endsWith('Bytes') ? bytes(value) : count(value)
  return String(value ?? '–')
}

function fact(name: string, value: Child): HTMLElement {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value))
}

/** How the service's own work went. */
export function jobsTable({ jobs = [] }: Health): HTMLElement[] {
  if (jobs.length === 0) return []
  const rows = table<Job>('Jobs', [
    { name: 'Job', cell: ({ name }) => name },
    { name: 'Began', cell: ({ startedAt }) => time(startedAt) },
    { name: 'Ended', cell: ({ endedAt }) => time(endedAt) },
    { name: 'Outcome', cell: ({ outcome }) => outcome ?? 'under way' },
  ])
  rows.add(jobs)
  return [h('h3', {}, 'Jobs'), rows.element]
}
