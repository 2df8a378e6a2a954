import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client, Reply } from './client.ts'
import type { Operation } from './history.ts'

export interface WritersOptions {
  client: Client
  token: string
  count: number
  /** Without keys they are naive: they send again what had no answer, and it may be done twice. */
  keys?: boolean
  /** How long a writer goes on with one operation before he leaves its outcome open. */
  patienceMs?: number
}

const firstPauseMs = 20
const longestPauseMs = 250

/**
 * Clients that write one thing after another, and send each again until it was answered: announcements, and every
 * fourth time a change of an announcement of their own, whose revision counts.
 */
export function startWriters(options: WritersOptions) {
  const { client, token, count, keys = true, patienceMs = 30_000 } = options
  const history: Operation[] = []
  const statuses = new Map<number | 'none', number>()
  const run = randomUUID().slice(0, 8)
  const stopping = new AbortController()
  let slowestMs = 0
  let acknowledged = 0

  async function answered(method: string, path: string, body: object): Promise<Reply | undefined> {
    const headers = keys ? { 'idempotency-key': randomUUID() } : undefined
    const until = performance.now() + patienceMs
    for (let ms = firstPauseMs; ; ms = Math.min(ms * 2, longestPauseMs)) {
      const startedAt = performance.now()
      const reply = await client
        .call(method, path, { as: token, body, headers })
        .catch(() => undefined)
      slowestMs = Math.max(slowestMs, performance.now() - startedAt)
      statuses.set(reply?.status ?? 'none', (statuses.get(reply?.status ?? 'none') ?? 0) + 1)
      if (reply && reply.status < 500) return reply
      if (performance.now() > until) return undefined
      await pause(ms * (0.5 + Math.random()))
    }
  }

  async function create(title: string): Promise<string | undefined> {
    const operation: Operation = { kind: 'create', title, outcome: 'info' }
    history.push(operation)
    const reply = await answered('POST', '/api/announcements', { title, body: 'x'.repeat(200) })
    operation.outcome = outcomeOf(reply)
    if (operation.outcome !== 'ok') return undefined
    acknowledged += 1
    return (operation.id = reply?.json.id)
  }

  async function change(register: string, text: string): Promise<void> {
    const operation: Operation = { kind: 'change', register, outcome: 'info' }
    history.push(operation)
    const reply = await answered('PATCH', `/api/announcements/${register}`, { body: text })
    operation.outcome = outcomeOf(reply)
    if (operation.outcome === 'ok') acknowledged += 1
  }

  async function write(writer: number) {
    const register = await create(`${run}-${writer}-register`)
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      if (n % 4 === 1 && register !== undefined) await change(register, String(n))
      else await create(`${run}-${writer}-${n}`)
    }
  }

  const writing = Promise.all(Array.from({ length: count }, (_, writer) => write(writer)))

  return {
    history,
    /** How many attempts had which answer. */
    statuses,
    /** The slowest attempt, answered or not. */
    slowestMs: () => slowestMs,
    acknowledged: () => acknowledged,
    /** Resolves when each has finished what he had begun. */
    async stop() {
      stopping.abort()
      await writing
    },
  }
}

function outcomeOf(reply: Reply | undefined): Operation['outcome'] {
  if (!reply) return 'info'
  return reply.status < 300 ? 'ok' : 'fail'
}
