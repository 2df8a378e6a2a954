import { TargetError } from '../error.ts'

export interface Unwrapped {
  text: string
  /** Of `PGPASSWORD=…` before the command. */
  password?: string
}

const prompt = /^(?:[$#>]\s+)?/
const command = /^(?:PG[A-Z]+=(?:'[^']*'|"[^"]*"|[^\s'"])*\s+)*(?:\S*\/)?psql(?:\.exe)?\s/

/** What psql calls the parts of an address, in the words of libpq; flags of one letter take their value at once or next. */
const flags: Record<string, string | undefined> = {
  '-h': 'host',
  '--host': 'host',
  '-p': 'port',
  '--port': 'port',
  '-U': 'user',
  '--username': 'user',
  '-d': 'dbname',
  '--dbname': 'dbname',
}

const variables: Record<string, string | undefined> = {
  PGHOST: 'host',
  PGPORT: 'port',
  PGUSER: 'user',
  PGDATABASE: 'dbname',
  PGPASSWORD: 'password',
  PGSSLMODE: 'sslmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGOPTIONS: 'options',
}

/**
 * Takes the address out of a command line of psql, as consoles of providers show it: the address it was given, or one
 * put together of its flags. Text of other kinds is given back as it is. Raises `TargetError`.
 */
export function unwrapPsql(text: string): Unwrapped {
  const line = text.replace(prompt, '')
  if (!command.test(line)) return { text }
  const words = shellWords(line)
  const start = words.findIndex((word) => /(?:^|\/)psql(?:\.exe)?$/.test(word))
  const parts = new Map<string, string>()
  let password: string | undefined
  for (const word of words.slice(0, start)) {
    const [name, value] = splitOnce(word, '=')
    if (name === 'PGPASSWORD' && value !== '') password = value
    const part = variables[name]
    if (part !== undefined) parts.set(part, value)
  }
  readArguments(words.slice(start + 1), parts)
  return { text: addressOf(parts), ...(password !== undefined && { password }) }
}

function readArguments(words: readonly string[], parts: Map<string, string>): void {
  const places = ['dbname', 'user']
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const { flag, value } = splitFlag(word)
    const part = flag === undefined ? places.find((place) => !parts.has(place)) : flags[flag]
    if (part !== undefined) parts.set(part, value ?? words[++at] ?? '')
    // The statement or the file that other flags bring along is nothing of the address.
    else if (/^-[cfvoP]$/.test(word)) at++
  }
}

function splitFlag(word: string): { flag?: string; value?: string } {
  if (!word.startsWith('-')) return { value: word }
  const [flag, value] = word.startsWith('--')
    ? splitOnce(word, '=')
    : [word.slice(0, 2), word.slice(2)]
  return value === '' ? { flag } : { flag, value }
}

function addressOf(parts: Map<string, string>): string {
  const name = parts.get('dbname') ?? ''
  if (name.includes('://')) return name
  const keywords = [...parts].filter(([part]) => part !== 'dbname' || !name.includes('='))
  const written = keywords.map(([part, value]) => `${part}='${value.replaceAll(/[\\']/g, '\\$&')}'`)
  return [...(name.includes('=') ? [name] : []), ...written].join(' ')
}

/** Splits a line as a POSIX shell does; variables and commands in it are not replaced. Raises `TargetError`. */
export function shellWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (const [piece, single, double, escaped] of line.matchAll(shellPiece)) {
    if (/^\s/.test(piece)) {
      if (word !== undefined) words.push(word)
      word = undefined
      continue
    }
    if (piece === "'" || piece === '"')
      throw new TargetError('The command of psql lacks a closing quote. Copy it again.')
    word = `${word ?? ''}${single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? piece}`
  }
  if (word !== undefined) words.push(word)
  return words
}

const shellPiece = /\s+|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|[^\s'"\\]+|[^]/g

function splitOnce(text: string, sign: string): [before: string, after: string] {
  const at = text.indexOf(sign)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + sign.length)]
}
