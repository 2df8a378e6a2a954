import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../src/config/config.ts'
import { mountsOf, type Machine } from './machine.fixture.ts'

const read = (machine: Machine, environment: Record<string, string>) =>
  readConfig({ NODE_ENV: 'production', ...environment }, '/', mountsOf(machine))

function refusal(machine: Machine, environment: Record<string, string>): ConfigError {
  try {
    read(machine, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the start was allowed')
}

describe('SQLite on a platform that wipes its disk', () => {
  const koyeb = { KOYEB_APP_NAME: 'app', SQLITE_PATH: '/app/data/canary.db' }

  it('is refused with exit code 78, the reason, and every remedy', () => {
    const { exitCode, problems, message } = refusal('microVm', koyeb)
    expect(exitCode).toBe(78)
    expect(problems.map(({ variable }) => variable)).toEqual(['DATABASE_URL'])
    expect(message).toMatch(/Koyeb wipes this disk/)
    expect(message).toMatch(/PostgreSQL/)
    expect(message).toMatch(/attach a volume/)
    expect(message).toMatch(/ALLOW_EPHEMERAL_SQLITE=1/)
    expect(message).not.toContain('canary')
  })

  it('is refused when DATABASE_URL is blank, or names a file', () => {
    const blank = refusal('microVm', { ...koyeb, DATABASE_URL: ' ' })
    const file = refusal('microVm', { ...koyeb, DATABASE_URL: 'sqlite:////app/data/canary.db' })
    for (const { problems } of [blank, file]) expect(problems).toHaveLength(1)
  })

  it('is refused with the name of the variable in which the address stands instead', () => {
    const url = 'postgres://canary:canary@h/d'
    const { message } = refusal('container', { RENDER: 'true', POSTGRES_URL: url })
    expect(message).toMatch(/POSTGRES_URL is set: give its value to DATABASE_URL/)
    expect(message).not.toContain('canary')
  })

  it('is refused together with whatever else is wrong', () => {
    const { problems } = refusal('microVm', { ...koyeb, PORT: 'x' })
    expect(problems.map(({ variable }) => variable)).toEqual(['PORT', 'DATABASE_URL'])
  })

  it('is not the reason that is given when DATABASE_URL cannot be read', () => {
    const { message } = refusal('microVm', { ...koyeb, DATABASE_URL: 'postgres://u:p@[HOST]/d' })
    expect(message).not.toContain('wipes')
  })

  it('starts when that is wanted, and is ephemeral', () => {
    const config = read('microVm', { ...koyeb, ALLOW_EPHEMERAL_SQLITE: '1' })
    expect(config.durability.kind).toBe('ephemeral')
    expect(config.dataFolderLasts).toBe(false)
    expect(refusal('microVm', { ...koyeb, ALLOW_EPHEMERAL_SQLITE: '0' }).exitCode).toBe(78)
  })

  it('starts on a disk of its own, and is local', () => {
    const config = read('microVmWithDisk', koyeb)
    expect(config).toMatchObject({ durability: { kind: 'local' }, dataFolderLasts: true })
    expect(refusal('microVmWithDisk', { ...koyeb, SQLITE_PATH: '/app/other.db' }).exitCode).toBe(78)
  })
})

describe('PostgreSQL on a platform that wipes its disk', () => {
  it('is durable; what is written beside it does not last', () => {
    const config = read('container', { RENDER: 'true', DATABASE_URL: 'postgres://u:p@dpg-a-a/d' })
    expect(config).toMatchObject({ durability: { kind: 'durable' }, dataFolderLasts: false })
  })
})

describe('a container without a volume and without the marks of a platform', () => {
  it('starts, for a trial, and says that it does not last', () => {
    expect(read('container', { SQLITE_PATH: '/app/data/holdfast.db' }).durability).toEqual({
      kind: 'ephemeral',
      because: 'it is a part of the container',
    })
    expect(
      read('containerWithVolume', { SQLITE_PATH: '/app/data/holdfast.db' }).durability,
    ).toEqual({ kind: 'local' })
  })
})

describe('PUBLIC_URL', () => {
  it('goes before what the platform says', () => {
    const render = {
      RENDER: 'true',
      DATABASE_URL: 'postgres://u:p@h/d',
      RENDER_EXTERNAL_URL: 'https://app.onrender.com',
    }
    expect(read('container', render).publicUrl).toBe('https://app.onrender.com')
    const own = { ...render, PUBLIC_URL: 'https://Specs.example.org/' }
    expect(read('container', own).publicUrl).toBe('https://specs.example.org')
    expect(read('vps', {}).publicUrl).toBeUndefined()
  })

  it.each([
    ['specs.example.org'],
    ['ftp://h'],
    ['https://h/canary'],
    ['https://u:canary@h'],
    ['https://h?canary'],
  ])('is refused as %s', (url) => {
    const { message } = refusal('vps', { PUBLIC_URL: url })
    expect(message).toMatch(/PUBLIC_URL: should be where the service is reached/)
    expect(message).not.toContain('canary')
  })
})
