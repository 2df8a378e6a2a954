import type { Response } from 'light-my-request'
import type { Case } from './cases.ts'
import { marker } from './objects.ts'

/** In the Host header of every request; no answer says so. */
export const strangeHost = 'host.of.a.stranger.example'

/** Who was answered. */
interface Asked extends Case {
  url: string
  userId: string | undefined
}

/** What is wrong with an answer, whatever its status: its headers, its form, what it tells. */
export function faultsIn(asked: Asked, answer: Response): string[] {
  const faults = [...faultsOfHeaders(asked, answer), ...faultsOfText(asked, answer)]
  return answer.statusCode < 400 ? faults : [...faults, ...faultsOfRefusal(asked, answer)]
}

/** What every answer has (security.md 3.9); a page has a policy of its own. */
function faultsOfHeaders({ line, kind }: Asked, { headers, statusCode }: Response): string[] {
  const faults: string[] = []
  const isKnown = line.scope !== 'public' && kind.as !== 'guest' && statusCode !== 401
  const wanted: Record<string, RegExp> = {
    'x-content-type-options': /^nosniff$/,
    'content-security-policy': /^default-src 'none'; /,
    'referrer-policy': /^no-referrer$/,
    'cross-origin-resource-policy': /^(?:same|cross)-origin$/,
    'strict-transport-security': /^max-age=31536000$/,
    'x-request-id': /^[0-9a-f-]{36}$/,
    ...(isKnown && { 'cache-control': /^no-store$/ }),
  }
  for (const [name, value] of Object.entries(wanted))
    if (!value.test(String(headers[name]))) faults.push(`has ${name}: ${String(headers[name])}`)
  for (const name of ['server', 'x-powered-by', 'set-cookie', 'access-control-allow-origin'])
    if (name in headers) faults.push(`has ${name}`)
  return faults
}

/** E-mail addresses and private things of others, for those who may not know of them; a Host, for anybody. */
function faultsOfText(
  { line, kind, userId = '' }: Asked,
  { payload, headers }: Response,
): string[] {
  const text = JSON.stringify(headers) + payload
  const faults = text.includes(strangeHost) ? ['tells the Host'] : []
  if (kind.as === 'admin' || kind.as === 'opener') return faults
  const emails = [...text.matchAll(/[\w.-]+@example\.org/g)].map(([email]) => email)
  const isOwn = (email: string) => email.includes(userId) && userId !== ''
  if (line.route !== 'POST /api/auth/login' && !emails.every(isOwn) && !isDescription(line.route))
    faults.push(`tells the address of others`)
  if (kind.as === 'editor') return faults
  const secrets = text.split(`${marker}-of-`).slice(1)
  const allowed = ['users', userId].filter((whose) => whose !== '' && kind.as === 'member')
  if (!secrets.every((rest) => allowed.some((whose) => rest.startsWith(`${whose}-`))))
    faults.push('tells of what is private')
  return faults
}

function faultsOfRefusal({ url }: Asked, { headers, payload, statusCode }: Response): string[] {
  const faults: string[] = []
  const type = String(headers['content-type'])
  // Pages tell people in their own words.
  const isPage = !url.startsWith('/api') && type.includes('html')
  if (type !== 'application/problem+json' && !isPage) faults.push(`is ${type}`)
  if (statusCode === 401 && headers['www-authenticate'] !== 'Bearer')
    faults.push('has no WWW-Authenticate')
  if (payload.includes(marker) || JSON.stringify(headers).includes(marker))
    faults.push('tells of the object')
  return faults
}

/** It has examples. */
function isDescription(route: string): boolean {
  return route === 'GET /openapi.json'
}
