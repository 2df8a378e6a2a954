import type { Database } from '../../src/database/database.ts'
import type { Audience } from '../../src/database/tables/tables.ts'
import { announcementRow, idOf, passwordHashOf, userRow } from './portability.fixture.ts'

/** Text that some database, driver or JSON writer has been seen to change. */
export const texts = [
  '',
  ' ',
  'plain',
  'é (one code point) é (two)',
  'ﬁ ﬂ Å Å \u1e9b\u0323',
  '😀👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  '\u{10ffff}\ud7ff\ue000\uffff\ufffe\ufffd',
  '\ufeffbegins with a byte-order mark',
  'quotes " \' ` and \\ back\\\\slashes \\u0041 \\n',
  'lines\nof\r\nall\rkinds\u0085\u2028\u2029end',
  '\t\u007f\u0080\u009f',
  '</script><!-- & -->',
  "'; drop table users; --",
  '$1 ? :name %s {} null NULL \\N',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-0',
  '1e400',
  '0x10',
  'true',
  '2026-11-20',
  'sealed:1:k1:AAAA',
  'trailing spaces   ',
  'العربية עברית हिन्दी 日本語 한국어',
  'i\u0307 İ ı I ß ẞ',
  'x'.repeat(20_000),
]

export const times = [
  '0001-01-01T00:00:00.000Z',
  '0099-12-31T23:59:59.999Z',
  '1582-10-10T00:00:00.001Z',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '2000-02-29T12:00:00.010Z',
  '2026-11-20T10:03:21.100Z',
  '2038-01-19T03:14:08.001Z',
  '9999-12-31T23:59:59.999Z',
]

/** All that a revision may be, up to the largest. */
const revisions = [1, 2, 9, 10, 2 ** 16, 2 ** 31 - 1, 2 ** 31]

/** What an address may begin with. */
const mailboxes = [
  'a',
  "o'neil",
  'a.b.c',
  'a+tag',
  '$1',
  '{}',
  '`id`',
  '!#%&*/=?^_|~-',
  'null',
  '1e400',
  'sealed',
  'x'.repeat(200),
]

/** Rows of every kind of value, half users and half announcements; every combination comes sooner or later. */
export async function everyKindOfRow(database: Database, rows: number): Promise<void> {
  const half = rows / 2
  for (let from = 0; from < half; from += 250) {
    const numbers = Array.from({ length: Math.min(250, half - from) }, (_, at) => from + at)
    await database.unitOfWork({ deadline: 'bulk' }, async (tx) => {
      await tx.insert(database.tables.users).values(numbers.map(anyUser))
      await tx.insert(database.tables.announcements).values(numbers.map(anyAnnouncement))
    })
  }
}

function anyUser(number: number) {
  return userRow({
    id: userId(number),
    username: `user-${number.toString(36)}`,
    email: number % 3 === 0 ? null : `${pick(mailboxes, number)}.${number}@example.org`,
    role: pick(['member', 'editor', 'admin'] as const, number),
    status: pick(['active', 'disabled'] as const, number),
    passwordHash: number % 4 === 0 ? null : passwordHashOf(number),
  })
}

function anyAnnouncement(number: number) {
  const startsAt = number % times.length
  const endsAt = startsAt + 1 + (number % 3)
  return {
    ...announcementRow({ id: idOf(number * 7919, 2), authorId: userId(number) }),
    title: titleOf(pick(texts, number)),
    body: pick(texts, number * 5 + 3).slice(0, number % 100 === 0 ? 20_000 : 1000),
    audience: pick(['everyone', 'users', 'editors'] satisfies Audience[], number),
    pinned: number % 2 === 0,
    startsAt: number % 5 === 0 ? null : pick(times, startsAt),
    endsAt: number % 4 === 0 ? null : (times[endsAt] ?? null),
    revision: pick(revisions, number),
    createdAt: pick(times, number * 3),
  }
}

/** As the texts, but neither empty nor longer than a title may be. */
function titleOf(text: string): string {
  return Array.from(text).slice(0, 200).join('') || '\u{10ffff}'.repeat(200)
}

/** Ids need not be UUIDs to keep their order: by bytes, which a language would order otherwise. */
function userId(number: number): string {
  const prefix = pick(['', 'Z', 'a', 'A', 'z_', 'z-', 'Z.', 'zz'], number)
  return `${prefix}${idOf(number, 1)}`
}

function pick<Value>(from: readonly Value[], number: number): Value {
  return from[Math.abs(number) % from.length] as Value
}
