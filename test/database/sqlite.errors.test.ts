import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { DatabaseError } from '../../src/database/database.errors.ts'
import { classify } from '../../src/database/sqlite/errors.ts'

const connection = new BetterSqlite3(':memory:')
connection.exec(`
  create table t (id text primary key not null, a text unique, b text, c integer check (c > 0),
    parent text references t (id), unique (a, b));
  create unique index by_lower on t (lower(b));
  create table pair (left text, right text, primary key (left, right)) without rowid;
  create table numbered (n integer primary key);
  insert into t (id, a, b) values ('1', 'a', 'b');
  insert into pair values ('s3cret', 'x');
  insert into numbered values (1);
`)

describe('what SQLite says is told in the contract’s words:', () => {
  test.each([
    [`insert into t (id) values ('1')`, 'unique', 't_pkey'],
    [`insert into t (id, a) values ('2', 'a')`, 'unique', 't_a_unique'],
    [`insert into t (id, b) values ('2', 'B')`, 'unique', 'by_lower'],
    [`insert into pair values ('s3cret', 'x')`, 'unique', 'pair_pkey'],
    [`insert into numbered values (1)`, 'unique', 'numbered_pkey'],
    [`insert into t (id) values (null)`, 'not_null', undefined],
    [`insert into t (id, c) values ('2', 0)`, 'check', undefined],
    [`insert into t (id, parent) values ('2', 's3cret')`, 'foreign_key', undefined],
    [`select s3cret`, 'other', undefined],
  ])('%s → %s', (statement, kind, constraint) => {
    const error = raisedBy(() => connection.exec(statement))
    expect(error).toMatchObject({ kind, constraint })
    expect(error.message).not.toMatch(/s3cret|insert/)
  })

  test('several columns are joined by underscores', () => {
    connection.exec(`create table u (a, b); create unique index u_a_b_unique on u (a, b);
      insert into u values (1, 2)`)
    expect(raisedBy(() => connection.exec('insert into u values (1, 2)'))).toMatchObject({
      constraint: 'u_a_b_unique',
    })
  })

  test.each([
    ['SQLITE_BUSY', 'busy', 'none'],
    ['SQLITE_BUSY_RECOVERY', 'busy', 'none'],
    ['SQLITE_LOCKED_SHAREDCACHE', 'busy', 'none'],
    ['SQLITE_FULL', 'full', 'none'],
    ['SQLITE_IOERR_SHMSIZE', 'full', 'none'],
    ['SQLITE_READONLY', 'readonly', 'none'],
    ['SQLITE_READONLY_DBMOVED', 'unavailable', 'none'],
    ['SQLITE_IOERR_WRITE', 'unavailable', 'none'],
    ['SQLITE_IOERR_FSYNC', 'unavailable', 'unknown'],
    ['SQLITE_CANTOPEN', 'unavailable', 'none'],
    ['SQLITE_NOMEM', 'unavailable', 'none'],
    ['SQLITE_CORRUPT_INDEX', 'corrupt', 'none'],
    ['SQLITE_NOTADB', 'corrupt', 'none'],
    ['SQLITE_INTERRUPT', 'timeout', 'none'],
    ['SQLITE_MISMATCH', 'other', undefined],
  ])('%s → %s', (code, kind, outcome) => {
    expect(classify(new BetterSqlite3.SqliteError('s3cret', code))).toMatchObject({
      kind,
      code,
      outcome,
      message: expect.not.stringContaining('s3cret'),
    })
  })

  test('an error of the driver’s own is a mistake in the code', () => {
    const error = raisedBy(() => connection.prepare('select ?').get({}))
    expect(error.kind).toBe('other')
  })

  test('what was told already stays as it is', () => {
    const told = new DatabaseError('busy', 'told')
    expect(classify(told)).toBe(told)
  })
})

function raisedBy(work: () => unknown): DatabaseError {
  try {
    work()
  } catch (error) {
    return classify(error)
  }
  throw new Error('nothing was raised')
}
