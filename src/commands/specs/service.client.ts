import { setTimeout as pause } from 'node:timers/promises'
import { ConnectionBrokenError, PushEndedError } from './push.errors.ts'
import { oneLine } from './text.ts'

export interface ServiceRequest {
  method: 'GET' | 'POST'
  /** From the service's address, with its query. */
  path: string
  document?: { bytes: Buffer<ArrayBuffer>; mediaType: string; idempotencyKey: string }
}

export interface ServiceAnswer {
  status: number
  /** Undefined where the answer is not JSON. */
  json: unknown
}

export interface ServiceOptions {
  url: URL
  token: string
  /** Ends the waiting between attempts; what is under way is let finish. */
  stop: AbortSignal
  /** How long the service may answer nothing but that it is busy or away, once it was reached. */
  patienceMs?: number
  /** The same before it was ever reached: a wrong address should be told soon. */
  firstPatienceMs?: number
  /** The first pause between two attempts; the further ones double, up to 10 seconds. */
  pauseMs?: number
}

export type Service = ReturnType<typeof createService>

/** Answers that the service, or what stands before it, gives while it cannot do the work. */
const passing = new Set([429, 502, 503, 504])
const longestPauseMs = 10_000
const requestMs = 180_000
const breaksOfOne = 4
const probe: ServiceRequest = { method: 'GET', path: '/health/live' }

/**
 * Speaks to a running service. Requests that are refused for the moment, or whose connection breaks, are sent again:
 * after growing pauses, or what `Retry-After` asks for. A change carries an Idempotency-Key, so that it happens once.
 */
export function createService(options: ServiceOptions) {
  const { url, token, stop, patienceMs = 120_000, firstPatienceMs = 3000, pauseMs = 500 } = options
  const base = url.href.replace(/\/$/, '')
  let reached = false
  let answeredAt = 0

  async function once({ method, path, document }: ServiceRequest): Promise<Response> {
    return fetch(base + path, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(requestMs),
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(document && {
          'content-type': document.mediaType,
          'idempotency-key': document.idempotencyKey,
        }),
      },
      ...(document && { body: document.bytes }),
    })
  }

  /** Waits before the next attempt. Raises `PushEndedError` when that is no use any more. */
  async function wait(given: {
    attempt: number
    since: number
    askedMs?: number | undefined
    reason: string
  }): Promise<void> {
    const { attempt, since, askedMs = 0, reason } = given
    const patience = reached ? patienceMs : firstPatienceMs
    const leftMs = Math.max(answeredAt, since) + patience - performance.now()
    if (leftMs <= 0 || askedMs > leftMs) {
      throw new PushEndedError(`${url.origin} cannot be reached: ${reason}`, 75)
    }
    const growing = Math.min(pauseMs * 2 ** attempt, longestPauseMs) * (0.5 + Math.random() / 2)
    // Those who were sent away together should not come back together.
    const ms = Math.max(Math.min(growing, leftMs), askedMs * (1 + Math.random() / 5))
    await pause(ms, undefined, { signal: stop }).catch(interrupted)
  }

  /**
   * Gives the answer, whatever it says. Raises `PushEndedError` when the service is away, refuses the token or is
   * elsewhere, and `ConnectionBrokenError` when it is this request that breaks connections.
   */
  async function send(request: ServiceRequest): Promise<ServiceAnswer> {
    let breaks = 0
    let since = performance.now()
    for (let attempt = 0; ; attempt += 1) {
      try {
        const response = await once(request)
        const answer = { status: response.status, json: await jsonOf(response) }
        reached = true
        if (!passing.has(answer.status)) {
          answeredAt = performance.now()
          return expected(answer, response)
        }
        if (attempt === 0) since = performance.now()
        await wait({
          attempt,
          since,
          askedMs: retryAfterMs(response),
          reason: `it answers ${answer.status}${codeIn(answer)}`,
        })
      } catch (error) {
        if (error instanceof PushEndedError || stop.aborted) throw interruptedOr(error)
        if (attempt === 0) since = performance.now()
        await wait({ attempt, since, reason: reasonOf(error) })
        if (request === probe) continue
        breaks += 1
        await send(probe)
        if (breaks >= breaksOfOne) throw new ConnectionBrokenError(error)
      }
    }
  }

  function expected(answer: ServiceAnswer, response: Response): ServiceAnswer {
    if (answer.status === 401) {
      throw new PushEndedError(
        `${url.origin} does not take the token (401${codeIn(answer)}): log in again`,
        1,
      )
    }
    if (answer.status >= 300 && answer.status < 400) {
      const to = oneLine(response.headers.get('location') ?? 'elsewhere')
      throw new PushEndedError(`${url.origin} leads to ${to}: give --url as it is there`, 1)
    }
    return answer
  }

  return { send }
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!(response.headers.get('content-type') ?? '').includes('json')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(response: Response): number | undefined {
  const given = response.headers.get('retry-after') ?? ''
  if (/^\d+$/.test(given)) return Number(given) * 1000
  const date = Date.parse(given)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function codeIn({ json }: ServiceAnswer): string {
  const code = (json as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? ` ${oneLine(code)}` : ''
}

/** What fetch raises says nothing itself; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? error.cause : error
  const told = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return oneLine(told)
}

function interrupted(): never {
  throw new PushEndedError('interrupted', 130)
}

function interruptedOr(error: unknown): unknown {
  return error instanceof PushEndedError ? error : new PushEndedError('interrupted', 130)
}
