import { describe, expect, it } from 'vitest'
import { splitAddress } from '../../src/database/target/spellings/address.ts'
import {
  maskTarget,
  parseTarget,
  TargetError,
  type ParsedTarget,
  type PostgresTarget,
} from '../../src/database/target/target.ts'
import { createRandom } from '../support/random.ts'
import { report, trials } from '../support/trials.ts'

const seeds = [
  'postgres://us%40er:KRYPTON@db.x.supabase.co:5432/postgres?sslmode=require&application_name=a',
  'postgresql+asyncpg://u:KRYPTON@[::1]:5432/d?connect_timeout=3#x',
  'postgres://u:KRYPTON@/d?host=/var/run/postgresql&port=5433',
  'postgres://u:KRYPTON@%2Fcloudsql%2Fa%3Ab/d',
  'postgres://u:KRYPTON@h1:5432,h2:5433/d?target_session_attrs=any',
  'sqlite:///data/x.db?mode=ro',
  'file:///abs/x.db',
  './data/x.db',
  "'postgres://u:KRYPTON@h/d?pgbouncer=true&connection_limit=1'",
  'export DATABASE_URL="postgres://u:KRYPTON@h.example/d"',
  "psql 'postgresql://u:KRYPTON@ep-x-pooler.eu.aws.neon.tech/d?options=endpoint%3Dep-x'",
  'PGPASSWORD=KRYPTON psql -h h.example -p 5432 -U u d',
  'user:KRYPTON@tcp(h.example:5432)/d?sslmode=require',
  "host=h.example port=5432 user=u password='KRY\\'PTON KRYPTON' dbname=d options='-c search_path=s'",
  'Host=h.example;Port=5432;Username=u;Password=KRYPTON;Database=d;SSL Mode=Require',
  'Server=h.example;User Id=u;Password="KRYPTON;x";Database=d',
  'jdbc:postgresql://h.example:5432/d?user=u&password=KRYPTON&ssl=true&currentSchema=s',
  'https://abc.supabase.co',
  'mysql://u:KRYPTON@h:3306/d',
  'u:KRYPTON@h.example:5432/d',
]
const pieces =
  `@ : / ? # % [ ] { } < > ( ) & = + , ; ' " \` \\ $ * . - _ | \0 \n \r\n \t \uFEFF \u200B \uD800 é 🔑 0 a %4 %00 %0A %40 %E9 :// &amp; ... PASSWORD sslmode= host= @h/ psql`
    .split(/ (?! )/)
    .concat(' ')
const amount = trials(5000)

/** What a parser did with a text, as far as a person or a log would see it. */
type Outcome = { parsed?: ParsedTarget; error?: unknown; ms: number }

type Parse = (text: string) => ParsedTarget

function outcomeOf(parse: Parse, text: string): Outcome {
  const startedAt = performance.now()
  try {
    const parsed = parse(text)
    return { parsed, ms: performance.now() - startedAt }
  } catch (error) {
    return { error, ms: performance.now() - startedAt }
  }
}

/** A parser is a few microseconds' work; what takes this long grows with more than the length of the text. */
const longestMs = 25

/** What must hold of whatever is pasted; each gives true where it is broken. */
const broken = {
  'is taken or refused with a TargetError': (_text: string, { error }: Outcome) =>
    error !== undefined && !(error instanceof TargetError),

  'is told in no sentence, error or mask with its password': (_text: string, outcome: Outcome) =>
    sentencesOf(outcome).some((sentence) => /KRY.?PTON/.test(sentence)),

  'never leads to a host that it does not name': (text: string, { parsed }: Outcome) =>
    parsed?.target.kind === 'postgres' && !names(text, parsed.target.host),

  'never leads to a file that holds the password': (_text: string, { parsed }: Outcome) =>
    parsed?.target.kind === 'sqlite' && parsed.target.file.includes('KRYPTON'),

  'is read in time': (_text: string, { ms }: Outcome) => ms > longestMs,
}

function sentencesOf({ parsed, error }: Outcome): string[] {
  if (!parsed) return [error instanceof Error ? `${error.stack}${error.message}` : String(error)]
  const { target, warnings } = parsed
  // What a mutation has put into the user's or the database's name is no password any more.
  const moved = target.kind === 'postgres' && /KRY.?PTON/.test(`${target.user}${target.database}`)
  return moved ? warnings : [...warnings, maskTarget(target)]
}

function names(text: string, host: string): boolean {
  const joined = text.replaceAll(/[\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u2064\uFEFF\r\n]/g, '')
  const spaced = joined.replaceAll(/[ \t]/g, '')
  // In a command of psql the shell takes them away.
  const unescaped = joined.replaceAll(/[\\'"]/g, '')
  return [text, joined, spaced, unescaped].some((written) =>
    [written, decoded(written)].some((form) => standsAlone(form, host)),
  )
}

/** A host that is a part of a longer one is another host. */
function standsAlone(text: string, host: string): boolean {
  for (let at = text.indexOf(host); at !== -1; at = text.indexOf(host, at + 1)) {
    const before = text[at - 1] ?? ''
    const after = text[at + host.length] ?? ''
    const begins = !/[\w.-]/.test(before) || /(?:^|\s)-h$/.test(text.slice(0, at))
    if (begins && (host.startsWith('/') || !/[\w.-]/.test(after))) return true
  }
  return false
}

function decoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })
}

function* mutations(count: number, seed: number): Generator<string> {
  const random = createRandom(seed)
  const below = (end: number) => Math.floor(random() * end)
  const pick = (items: readonly string[]) => items[below(items.length)] ?? ''
  for (let trial = 0; trial < count; trial++) {
    let text = pick(seeds)
    for (let change = below(5); change >= 0; change--) {
      const at = below(text.length + 1)
      const cut = below(3)
      const kind = below(10)
      if (kind === 0 && !/^(?:sqlite|file|\.)/.test(text))
        text = text.slice(0, at) + pick(seeds).slice(below(20))
      else if (kind === 1)
        text = text.slice(0, at) + pick(pieces).repeat(below(40)) + text.slice(at)
      else text = text.slice(0, at) + pick(pieces) + text.slice(at + cut)
    }
    yield text
  }
}

function violations(name: keyof typeof broken, parse: Parse, count: number): string[] {
  const found: string[] = []
  for (const text of mutations(count, 20_261_120)) {
    if (!broken[name](text, outcomeOf(parse, text))) continue
    // A slow moment of the machine is not a slow parser.
    if (name === 'is read in time' && [1, 2, 3].some(() => outcomeOf(parse, text).ms <= longestMs))
      continue
    found.push(text)
  }
  return found
}

const properties = Object.keys(broken) as (keyof typeof broken)[]

describe(`whatever is pasted (${amount} mutations)`, () => {
  it('is partly taken and partly refused', () => {
    const outcomes = [...mutations(amount, 20_261_120)].map((text) => outcomeOf(parseTarget, text))
    const taken = outcomes.filter(({ parsed }) => parsed).length
    const times = outcomes.map(({ ms }) => ms).sort((one, other) => one - other)
    report('connection strings', {
      mutations: amount,
      taken,
      medianMs: times[Math.floor(amount / 2)],
      longestMs: times.at(-1),
    })
    expect(taken).toBeGreaterThan(amount / 10)
    expect(taken).toBeLessThan(amount)
  })

  it.each(properties)('%s', (name) => {
    expect(violations(name, parseTarget, amount)).toEqual([])
  })

  it('is read in time however long it is', () => {
    for (const seed of seeds) {
      for (const piece of pieces) {
        for (const at of [0, Math.floor(seed.length / 2), seed.length]) {
          const filler = piece.repeat(Math.floor((4000 - seed.length) / piece.length))
          const text = seed.slice(0, at) + filler + seed.slice(at)
          const best = Math.min(...[1, 2].map(() => outcomeOf(parseTarget, text).ms))
          expect(best, JSON.stringify([seed, piece, at])).toBeLessThan(longestMs)
        }
      }
    }
  })
})

describe('the same trials', () => {
  /** What services do that hand an address to the platform's parser. */
  const naive: Parse = (text) => {
    const { hostname, port, username, password, pathname } = new URL(text)
    return {
      target: {
        kind: 'postgres',
        host: hostname,
        port: Number(port || 5432),
        user: username,
        password,
        database: pathname.slice(1),
        ssl: 'prefer',
      },
      warnings: [],
    }
  }
  /** What drivers do that take what they cannot read for nothing. */
  const trusting: Parse = (text) => {
    const host = /@([\w.-]+)/.exec(text)?.[1] ?? 'localhost'
    const { target, warnings } = naive('postgres://u:p@h/d')
    return { target: { ...(target as PostgresTarget), host }, warnings }
  }
  const telling: Parse = (text) => {
    throw new TargetError(`${text} cannot be read.`)
  }
  const pathLoving: Parse = (text) => ({ target: { kind: 'sqlite', file: text }, warnings: [] })
  const slow: Parse = (text) => {
    const until = performance.now() + longestMs * 1.2
    while (performance.now() < until);
    return { target: { kind: 'sqlite', file: text.slice(0, 1) }, warnings: [] }
  }

  it.each([
    ['a parser that throws what it gets', naive, 'is taken or refused with a TargetError'],
    [
      'one that tells what it could not read',
      telling,
      'is told in no sentence, error or mask with its password',
    ],
    ['one that falls back to localhost', trusting, 'never leads to a host that it does not name'],
    ['one that takes all for a path', pathLoving, 'never leads to a file that holds the password'],
    ['one that takes its time', slow, 'is read in time'],
  ] as const)('find %s', (_name, parse, property) => {
    expect(
      violations(property, parse, property === 'is read in time' ? 2 : 20).length,
    ).toBeGreaterThan(0)
  })
})

describe('a password', () => {
  const letters = 'ab@:/?#%[]&=+ 1'.split('')

  it('is kept when it is percent-encoded, and mostly when it is not', () => {
    const random = createRandom(7)
    for (let trial = 0; trial < amount; trial++) {
      const password = Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => letters[Math.floor(random() * letters.length)],
      ).join('')
      const encoded = parseTarget(
        `postgres://u:${encodeURIComponent(password)}@h.example/d?sslmode=require`,
      )
      expect(encoded).toEqual({
        target: {
          kind: 'postgres',
          host: 'h.example',
          port: 5432,
          user: 'u',
          password,
          database: 'd',
          ssl: 'require',
        },
        warnings: [],
      })
      // What reads as a whole address by itself ends at its own host.
      if (/@[\w.-]*(?::\d*)?(?:$|[/?#])/.test(password)) continue
      const bare = splitAddress(`u:${password}@h.example/d?sslmode=require`)
      expect(bare).toMatchObject({ password, host: 'h.example' })
    }
  })
})
