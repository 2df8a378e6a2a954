import { describe, expect, it } from 'vitest'
import { hashPassword, isWeak, verifyPassword } from '../../../src/modules/users/passwords.ts'
import { checkPasswordRules } from '../../../src/modules/users/passwords.rules.ts'
import { startApp } from '../../support/service.ts'
import { createSqlite } from '../../support/databases.ts'

const context = { username: 'ada.lovelace', email: 'countess@example.org' }

function refusalOf(password: string): string | undefined {
  try {
    checkPasswordRules(password, context)
    return undefined
  } catch (error) {
    return (error as { code: string }).code.toLowerCase()
  }
}

describe('a password (security 3.2)', () => {
  it.each([
    'correct horse battery staple 9',
    'correct horse battery',
    'a long passphrase',
    'a new passphrase',
    'not the password',
    'Xk3vQ9-pLm2zR7',
    'dragon839204817263',
    'my dog ate 3 bagels',
    'кот на окне спит',
    '猫は窓のそばで静かに寝ている',
    '🪸🐙🦑🪼🐠🐟🐬🐳🦈🐡🦀🦞',
    'ada went to the market on monday',
    'x'.repeat(64).replaceAll(/x/g, (_, i: number) => String.fromCodePoint(97 + ((i * i) % 26))),
  ])('may be %s', (password) => {
    expect(refusalOf(password)).toBeUndefined()
  })

  it.each([
    ['of 11 characters', 'elevenchar5'],
    ['of 129 characters', 'correct horse '.repeat(10).slice(0, 129)],
    ['of 11 characters that are more units', '🪸🐙🦑🪼🐠🐟🐬🐳🦈🐡🦀'],
  ])('may not be %s', (_what, password) => {
    expect(refusalOf(password)).toBe('invalid_password')
  })

  it('is of 12 to 128 characters, however many bytes each has', () => {
    const long = Array.from({ length: 128 }, (_, i) =>
      String.fromCodePoint(0x1f600 + ((i * 7) % 60)),
    )
    expect(Buffer.byteLength(long.join(''))).toBe(512)
    expect(refusalOf(long.join(''))).toBeUndefined()
  })

  it.each([
    ['among the most common', 'administrator'],
    ['common in capitals', 'AdMiNiStRaToR'],
    ['common with a year', 'Password2024!'],
    ['common with digits for letters', 'P@ssw0rd2024!'],
    ['common with digits', 'iloveyou12345'],
    ['common among many marks', '!!!!!!dragon!!!!!!'],
    ['one character', 'aaaaaaaaaaaa'],
    ['a piece over and over', 'abcabcabcabc'],
    ['a common word twice', 'passwordpassword'],
    ['a row of keys', 'qwertyuiop12'],
    ['a row of keys backwards', '0987654321098'],
    ['columns of keys', '1qaz2wsx3edc'],
    ['the alphabet', 'abcdefghijkl'],
    ['the name of the service', 'Holdfast-2026'],
    ['the username', 'ada.lovelace1'],
    ['the username in other words', 'ADA-lovelace!'],
    ['the e-mail address', 'countess#2026'],
    ['what is common once the username is taken out', 'ada.lovelaceadministrator'],
  ])('may not be %s', (_what, password) => {
    expect(refusalOf(password)).toBe('common_password')
  })

  it('is hashed with argon2id, its parameters in the hash, in no two hashes alike', async () => {
    const hashes = [
      await hashPassword('a long passphrase'),
      await hashPassword('a long passphrase'),
    ]
    for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(hashes[0]).not.toBe(hashes[1])
    expect(await verifyPassword(hashes[0], 'a long passphrase')).toBe(true)
    expect(await verifyPassword(hashes[0], 'a long passphrase ')).toBe(false)
  })

  it('is never that of somebody who has none', async () => {
    const broken = '$argon2id$v=19$m=1,t=0,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA'
    for (const none of [undefined, null, '', broken]) {
      expect(await verifyPassword(none, '')).toBe(false)
    }
  })

  it.each([
    ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA', false],
    ['$argon2id$v=19$m=47104,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA', false],
    ['$argon2id$v=19$m=19456,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA', true],
    ['$argon2id$v=19$m=8192,t=3,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA', true],
    ['$argon2id$v=16$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA', true],
  ])('is weak as %s: %s', (hash, weak) => {
    expect(isWeak(hash)).toBe(weak)
  })
})

describe('ADMIN_PASSWORD', () => {
  it('stops the start when it is a common one, by name and without its value (security 3.2)', async () => {
    const { url } = await createSqlite()
    const app = await startApp({ DATABASE_URL: url, ADMIN_PASSWORD: 'Password2024!' })
    const failure = await app.started.catch((error: unknown) => error)
    expect(failure).toMatchObject({
      exitCode: 78,
      problems: [{ variable: 'ADMIN_PASSWORD', sentence: expect.stringContaining('guessed') }],
    })
    expect(String(failure)).not.toContain('2024')
  })

  it('is no longer asked about where there are users', async () => {
    const { url } = await createSqlite()
    const first = await startApp({ DATABASE_URL: url })
    await first.started
    await first.close()
    const second = await startApp({ DATABASE_URL: url, ADMIN_PASSWORD: 'Password2024!' })
    await expect(second.started).resolves.toBeDefined()
  })
})
