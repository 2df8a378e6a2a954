import type { User } from './types.ts'

/**
 * The session, for as long as this tab is open: other tabs and other sites get nothing of it, and nothing is sent by
 * itself as a cookie would be.
 */
export interface LoggedIn {
  token: string
  user: Pick<User, 'id' | 'username' | 'role'>
}

const sessionKey = 'holdfast.session'
const noticeKey = 'holdfast.notice'
const wantedKey = 'holdfast.wanted'
const wantable = ['/account', '/admin']

export function loggedIn(): LoggedIn | undefined {
  const kept = sessionStorage.getItem(sessionKey)
  return kept === null ? undefined : (JSON.parse(kept) as LoggedIn)
}

/** Keeps of an answer no more than the pages need. */
export function keepSession({ token, user: { id, username, role } }: LoggedIn): void {
  sessionStorage.setItem(sessionKey, JSON.stringify({ token, user: { id, username, role } }))
}

export function forgetSession(): void {
  sessionStorage.removeItem(sessionKey)
}

/** Leads to the page for logging in, which shows the sentence, and from there back to where the reader is. */
export function leadToLogin(notice: string): void {
  forgetSession()
  sessionStorage.setItem(noticeKey, notice)
  sessionStorage.setItem(wantedKey, location.pathname + location.hash)
  location.replace('/login')
}

/** A sentence for the next page, shown once. */
export function leaveNotice(notice: string): void {
  sessionStorage.setItem(noticeKey, notice)
}

export function takeNotice(): string {
  return take(noticeKey) ?? ''
}

/** Where to go after logging in: a page of our own, whatever is kept. */
export function takeWanted(): string {
  const wanted = take(wantedKey) ?? ''
  return wantable.some((path) => wanted === path || wanted.startsWith(`${path}#`))
    ? wanted
    : '/account'
}

function take(key: string): string | undefined {
  const kept = sessionStorage.getItem(key) ?? undefined
  sessionStorage.removeItem(key)
  return kept
}
