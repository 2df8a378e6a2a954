import { TargetError } from '../error.ts'
import { queryPairs, tellName } from '../parameters/query.ts'
import { percentDecode } from '../text.ts'
import type { ParsedTarget } from '../target.ts'

const memory = ':memory:'

/** Reads `sqlite:` addresses by the rule of SQLAlchemy: three slashes and a relative path, four and an absolute one. */
export function parseSqliteUrl(text: string): ParsedTarget | undefined {
  const found = /^sqlite3?(?:\+\w+)?:/i.exec(text)
  if (!found) return undefined
  const { path, warnings, readonly } = withoutParameters(text.slice(found[0].length))
  const slashes = /^\/*/.exec(path)?.[0].length ?? 0
  const file = slashes === 2 ? path.slice(2) : slashes >= 3 ? path.slice(3) : path
  if (file === '' && slashes >= 2) {
    warnings.push(
      'The address names no file, so everything is kept in memory and gone when the process ends.',
    )
    return { target: { kind: 'sqlite', file: memory }, warnings }
  }
  return sqlite(file, warnings, readonly)
}

/** Reads the `file:` addresses of SQLite and of browsers, in which three slashes begin an absolute path. */
export function parseFileUrl(text: string): ParsedTarget | undefined {
  const found = /^file:/i.exec(text)
  if (!found) return undefined
  const { path, warnings, readonly } = withoutParameters(text.slice(found[0].length))
  const local = path.replace(/^\/\/(?:localhost)?(?=\/)/i, '')
  if (local.startsWith('//'))
    throw new TargetError(
      'The address names a file on another computer. Name a file of this one, as in file:./data.db.',
    )
  const file = percentDecode(local).replace(/^\/(?=[a-z]:[\\/])/i, '')
  return sqlite(file, warnings, readonly)
}

/** Reads the bare path of a SQLite file: one that begins like a path, or ends like a database. Raises `TargetError`. */
export function parsePath(text: string): ParsedTarget | undefined {
  if (text === memory) return sqlite(text, [])
  const begins = /^(?:\.{0,2}[\\/]|[a-z]:[\\/])/i.test(text)
  const ends = /^[^:@?]+\.(?:db3?|sqlite3?)$/i.test(text)
  if (!begins && !ends) return undefined
  // A mangled address may begin like a path; as one, it would be shown with its password.
  if (/[=@:;?#<>{}|]/.test(text.replace(/^[a-z]:(?=[\\/])/i, ''))) {
    throw new TargetError(
      'This may be an address or a path. If it is the path of a SQLite file, write sqlite: before it.',
    )
  }
  return sqlite(text, [])
}

/** Two pastes in one: as a path, it would be shown with its password. */
function holdsAddress(file: string): boolean {
  if (file.includes('://') || /\b(?:password|pwd)\s*=/i.test(file)) return true
  const beforeAts = file.split('@').slice(0, -1)
  return beforeAts.some(
    (part) => part.lastIndexOf(':') > Math.max(part.lastIndexOf('/'), part.lastIndexOf('\\')),
  )
}

function sqlite(file: string, warnings: string[], readonly = false): ParsedTarget {
  if (file === '')
    throw new TargetError('The address names no file. Write it as sqlite:./data/holdfast.db.')
  if (file.includes('\0'))
    throw new TargetError('The path of the SQLite file holds a NUL character. Write it anew.')
  if (holdsAddress(file)) {
    throw new TargetError(
      'The path of the SQLite file holds the address of another database. Give one of the two.',
    )
  }
  if (/[\\/]$/.test(file))
    throw new TargetError('The address names a folder. Name a file in it, such as holdfast.db.')
  return { target: { kind: 'sqlite', file, ...(readonly && { readonly }) }, warnings }
}

function withoutParameters(text: string) {
  const mark = text.indexOf('?')
  if (mark === -1) return { path: text, warnings: [], readonly: false }
  const pairs = queryPairs(text.slice(mark + 1))
  const hasMode = (mode: string) =>
    pairs.some(([name, value]) => name.toLowerCase() === 'mode' && value.toLowerCase() === mode)
  if (hasMode('memory')) return { path: memory, warnings: [], readonly: false }
  const warnings = pairs
    .filter(([name, value]) => !(name.toLowerCase() === 'mode' && /^(?:rwc|ro)$/i.test(value)))
    .map(([name]) => `The parameter ${tellName(name)} is not supported for SQLite and is ignored.`)
  return { path: text.slice(0, mark), warnings, readonly: hasMode('ro') }
}
