import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCertificates } from '../../src/database/target/tls/pem.ts'
import { parseTarget, TargetError, type TargetOptions } from '../../src/database/target/target.ts'
import { certificate } from '../doctor/certificates.ts'

const mine = wrapped(certificate('db.example.org'))
const others = wrapped(certificate('other.example.org'))
const folder = mkdtempSync(join(tmpdir(), 'holdfast-pem-'))
const file = (name: string) => join(folder, name)

/** In lines of 64 characters, as PEM files have them. */
function wrapped({ cert, key }: { cert: string; key: string }) {
  const lines = (line: string) => (line.match(/.{1,64}/g) ?? []).join('\n')
  return { cert: cert.replaceAll(/[A-Za-z0-9+/=]{65,}/g, lines), key }
}

beforeAll(() => {
  const texts = {
    'ca.pem': mine.cert,
    'bundle.pem': `A comment\n${mine.cert}\n${others.cert}`,
    'client.pem': mine.cert,
    'client.key': mine.key,
    'other.key': others.key,
    'encrypted.key':
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
    'damaged.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    'notes.txt': 'canary',
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(file(name), text)
  mkdirSync(file('folder'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const address = (query: string) => `postgres://u:p@db.example.org/d?${query}`

const read = (query: string, options?: TargetOptions) => parseTarget(address(query), options).target

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof TargetError) return error.message
    throw error
  }
  throw new Error('it was taken')
}

describe('sslrootcert', () => {
  it('is read, and verifies as libpq does', () => {
    expect(read(`sslrootcert=${file('ca.pem')}`)).toMatchObject({
      ssl: 'verify-full',
      ca: mine.cert,
    })
    expect(read(`sslmode=require&sslrootcert=${file('ca.pem')}`)).toMatchObject({
      ssl: 'verify-ca',
    })
    expect(read(`sslmode=prefer&sslrootcert=${file('ca.pem')}`)).toMatchObject({ ssl: 'prefer' })
    expect(read(`sslmode=disable&sslrootcert=${file('ca.pem')}`)).not.toHaveProperty('ca')
  })

  it('may be a bundle with words in between', () => {
    expect(read(`sslrootcert=${file('bundle.pem')}`)).toMatchObject({ ca: mine.cert + others.cert })
  })

  it.each([
    ['no-such-file', 'ENOENT'],
    ['folder', 'no file'],
    ['notes.txt', 'no PEM file'],
  ])('%s is refused without its path or content', (name, sentence) => {
    const told = refusal(() => read(`sslrootcert=${file(name)}`))
    expect(told).toContain('sslrootcert')
    expect(told).toContain(sentence)
    expect(told).not.toContain(folder)
    expect(told).not.toContain('canary')
  })
})

describe('sslcert and sslkey', () => {
  const pair = (cert: string, key: string) =>
    `sslmode=require&sslcert=${file(cert)}&sslkey=${file(key)}`

  it('are read', () => {
    expect(read(pair('client.pem', 'client.key'))).toMatchObject({
      ssl: 'require',
      cert: mine.cert,
      key: mine.key,
    })
  })

  it.each([
    [`sslmode=require&sslcert=${file('client.pem')}`, 'need each other'],
    [`sslmode=require&sslkey=${file('client.key')}`, 'need each other'],
    [pair('client.pem', 'other.key'), 'do not belong together'],
    [pair('client.pem', 'encrypted.key'), 'encrypted'],
    [pair('damaged.pem', 'client.key'), 'damaged'],
  ])('are refused when they cannot serve (%#)', (query, sentence) => {
    expect(refusal(() => read(query))).toContain(sentence)
  })
})

describe('what the configuration says of TLS', () => {
  const ca = mine.cert

  it('goes before the address', () => {
    expect(read('sslmode=disable', { ssl: 'verify-full' })).toMatchObject({ ssl: 'verify-full' })
    expect(read('sslmode=verify-full', { ssl: 'disable' })).toMatchObject({ ssl: 'disable' })
    expect(read(`sslrootcert=${file('bundle.pem')}`, { ca })).toMatchObject({ ca })
  })

  it('verifies everything once it names who may sign, unless it says less itself', () => {
    expect(read('', { ca })).toMatchObject({ ssl: 'verify-full', ca })
    expect(read('sslmode=require', { ca })).toMatchObject({ ssl: 'verify-full', ca })
    expect(read('', { ca, ssl: 'require' })).toMatchObject({ ssl: 'verify-ca', ca })
    expect(read('', { ca, ssl: 'verify-ca' })).toMatchObject({ ssl: 'verify-ca', ca })
  })

  it('is told where it is not used', () => {
    expect(parseTarget(address('sslmode=disable'), { ca }).warnings).toEqual([
      expect.stringContaining('DATABASE_CA_CERT'),
    ])
  })

  it('says nothing to a socket', () => {
    const { target, warnings } = parseTarget('postgres://u:p@/d?host=/tmp', { ca, ssl: 'require' })
    expect(target).toMatchObject({ ssl: 'disable' })
    expect(warnings).toEqual([])
  })
})

describe('a certificate of the environment', () => {
  it.each([
    ['as it stands', (pem: string) => pem],
    ['with \\n for line ends', (pem: string) => pem.replaceAll('\n', '\\n')],
    ['with \\r\\n for line ends', (pem: string) => pem.replaceAll('\n', '\\r\\n')],
    ['with blanks for line ends', (pem: string) => pem.replaceAll('\n', ' ')],
    ['on one line', (pem: string) => pem.replaceAll('\n', '')],
    ['as base64', (pem: string) => Buffer.from(pem).toString('base64')],
  ])('is taken %s', (_name, change) => {
    expect(readCertificates(change(mine.cert))).toBe(mine.cert)
  })

  it('is taken as the path of a file', () => {
    expect(readCertificates(file('ca.pem'))).toContain('BEGIN CERTIFICATE')
  })

  it.each([
    ['a path without a file', () => file('no-such-file'), 'ENOENT'],
    ['a file of something else', () => file('notes.txt'), 'PEM'],
    [
      'a damaged certificate',
      () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'damaged',
    ],
    ['half a certificate', () => mine.cert.slice(0, 80), 'PEM'],
    ['a key alone', () => mine.key, 'certificate'],
  ])('is refused as %s', (_name, value, sentence) => {
    expect(refusal(() => readCertificates(value()))).toContain(sentence)
  })
})

it('the dot that ends a full name is no part of the name in a certificate', () => {
  expect(parseTarget('postgres://u:p@db.example.org./d').target).toMatchObject({
    host: 'db.example.org.',
    servername: 'db.example.org',
  })
})
