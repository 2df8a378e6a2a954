import { say } from '../dom/status.ts'
import { problemOf, unreachable } from './problem.ts'
import { leadToLogin, loggedIn } from './session.ts'

interface Request {
  method: string
  body?: object | undefined
  /** An answer of 401 is about what was typed, not about the session. */
  guest?: boolean
}

const attempts = 6
const longestPauseSeconds = 15

/** Reads. Raises `Problem`; where the session is over, leads to the page for logging in. */
export function read<Answer>(path: string): Promise<Answer> {
  return ask<Answer>(path, { method: 'GET' })
}

/** Changes something once, however often it has to be asked for. Raises `Problem`. */
export function change<Answer = void>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<Answer> {
  return ask<Answer>(path, { method, body })
}

/** The same for someone who is nobody yet. */
export function changeAsGuest<Answer = void>(path: string, body: object): Promise<Answer> {
  return ask<Answer>(path, { method: 'POST', body, guest: true })
}

async function ask<Answer>(path: string, request: Request): Promise<Answer> {
  const options = optionsOf(request)
  for (let left = attempts - 1; ; left--) {
    const response = await fetch(path, options).catch(() => undefined)
    if (left > 0 && isTemporary(response)) {
      say('The service is busy. Trying again …')
      await pause(response)
      continue
    }
    if (!response) throw unreachable()
    if (response.status === 401 && !request.guest) return endSession()
    if (!response.ok) throw await problemOf(response)
    return (response.status === 204 ? undefined : await response.json()) as Answer
  }
}

/** Every attempt has the same key: the service does it once, and gives its first answer again. */
function optionsOf({ method, body, guest }: Request): RequestInit {
  const token = guest ? undefined : loggedIn()?.token
  return {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
      ...(method !== 'GET' && { 'idempotency-key': crypto.randomUUID() }),
    },
    ...(body && { body: JSON.stringify(body) }),
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
  }
}

function isTemporary(response: Response | undefined): boolean {
  return !response || (response.status === 503 && response.headers.has('retry-after'))
}

function pause(response: Response | undefined): Promise<void> {
  const seconds = Number(response?.headers.get('retry-after') ?? 1)
  const ms = Math.min(Math.max(seconds, 1), longestPauseSeconds) * 1000
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** The page is about to be left: nothing more happens on it. */
function endSession(): Promise<never> {
  leadToLogin('Your session is over. Log in to go on.')
  return new Promise(() => undefined)
}
