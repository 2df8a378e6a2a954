import type { PostgresTarget, Target } from './target.ts'

/** Gives the target as an address for logs and people, without its password. */
export function maskTarget(target: Target): string {
  if (target.kind === 'sqlite') return `sqlite:${target.file}`
  const { user, password, database } = target
  const credentials = `${encode(user)}${password === undefined ? '' : ':***'}`
  const { authority, query } = placeOf(target)
  return `postgres://${credentials}@${authority}/${encode(database)}${query}`
}

function placeOf({ host, port, path }: PostgresTarget): { authority: string; query: string } {
  if (path !== undefined) {
    const folder = encode(host).replaceAll('%2F', '/')
    return { authority: '', query: `?host=${folder}${port === 5432 ? '' : `&port=${port}`}` }
  }
  const name = host.includes(':') ? `[${host.replace('%', '%25')}]` : host
  return { authority: `${name}:${port}`, query: '' }
}

function encode(name: string): string {
  return encodeURIComponent(name.toWellFormed())
}
