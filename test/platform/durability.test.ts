import { mkdtempSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { durabilityOf, durabilityOfPath } from '../../src/platform/durability.ts'
import { mountOf, parseMounts } from '../../src/platform/mounts.ts'
import { platformOf, publicUrlOf } from '../../src/platform/platform.ts'
import type { PlatformName } from '../../src/platform/platform.ts'
import { parseTarget } from '../../src/database/target/target.ts'
import { machines, mountsOf, type Machine } from './machine.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-mounts-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the platform', () => {
  it.each<[Record<string, string>, PlatformName | undefined]>([
    [{ RENDER: 'true', RENDER_SERVICE_ID: 'srv-1' }, 'render'],
    [{ RENDER: 'true', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'render'],
    [{ KOYEB_INSTANCE_ID: 'x' }, 'koyeb'],
    [{ KOYEB_APP_NAME: 'app', KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'koyeb'],
    [{ FLY_APP_NAME: 'app', FLY_MACHINE_ID: 'm' }, 'fly'],
    [{ RAILWAY_PROJECT_ID: 'p' }, 'railway'],
    [{ RAILWAY_ENVIRONMENT_NAME: 'production' }, 'railway'],
    [{ DYNO: 'web.1' }, 'heroku'],
    [{ K_SERVICE: 'holdfast', K_REVISION: 'holdfast-1' }, 'cloud-run'],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'kubernetes'],
  ])('of %o is %s', (environment, platform) => {
    expect(platformOf(environment)).toBe(platform)
  })

  it.each([
    {},
    { RENDER: '', KOYEB_REGION: ' ', DYNO: '' },
    { RENDER_API_KEY: 'k', KOYEB_TOKEN: 't', RAILWAY_TOKEN: 't', FLY_API_TOKEN: 't' },
    { FLY_ACCESS_TOKEN: 't', RENDER_EXTERNAL_URL: 'https://x.onrender.com' },
  ])('of %o is none: these are the tools of a developer', (environment) => {
    expect(platformOf(environment)).toBeUndefined()
  })

  it.each<[PlatformName, Record<string, string>, string | undefined]>([
    ['render', { RENDER_EXTERNAL_URL: 'https://app.onrender.com/' }, 'https://app.onrender.com'],
    ['koyeb', { KOYEB_PUBLIC_DOMAIN: 'app-org.koyeb.app' }, 'https://app-org.koyeb.app'],
    ['railway', { RAILWAY_PUBLIC_DOMAIN: 'app.up.railway.app' }, 'https://app.up.railway.app'],
    ['fly', { FLY_APP_NAME: 'app' }, 'https://app.fly.dev'],
    ['koyeb', {}, undefined],
    ['heroku', { DYNO: 'web.1' }, undefined],
  ])('%s with %o is reached at %s', (platform, environment, url) => {
    expect(publicUrlOf(platform, environment)).toBe(url)
  })
})

describe('what is stored in a file', () => {
  const file = '/app/data/holdfast.db'
  const lasts = (machine: Machine, platform?: PlatformName, path = file) =>
    durabilityOfPath(path, { platform, mounts: mountsOf(machine) }).kind

  it.each<[Machine, PlatformName | undefined, 'local' | 'ephemeral']>([
    ['vps', undefined, 'local'],
    ['containerWithVolume', undefined, 'local'],
    ['podWithClaim', 'kubernetes', 'local'],
    ['microVmWithDisk', 'koyeb', 'local'],
    ['microVmWithDisk', 'fly', 'local'],
    ['containerWithVolume', 'render', 'local'],
    // Without marks, a disk of a virtual machine is a disk.
    ['microVm', undefined, 'local'],
    ['microVm', 'koyeb', 'ephemeral'],
    ['microVm', 'fly', 'ephemeral'],
    ['container', 'render', 'ephemeral'],
    ['container', undefined, 'ephemeral'],
    ['podWithEmptyDir', 'kubernetes', 'ephemeral'],
    ['podWithEmptyDir', undefined, 'ephemeral'],
  ])('on a %s, platform %s, is %s', (machine, platform, kind) => {
    expect(lasts(machine, platform)).toBe(kind)
  })

  it('is held against the file system of its own folder', () => {
    expect(lasts('microVmWithDisk', 'koyeb', '/app/database/holdfast.db')).toBe('ephemeral')
    expect(lasts('microVmWithDisk', 'koyeb', '/app/data/../holdfast.db')).toBe('ephemeral')
    expect(lasts('microVmWithDisk', 'koyeb', '/app/data/not/yet/there.db')).toBe('local')
    expect(lasts('container', undefined, '/etc/hostname')).toBe('local')
  })

  it('does not last in memory, wherever that is', () => {
    expect(lasts('vps', undefined, '/tmp/holdfast.db')).toBe('ephemeral')
    expect(lasts('vps', undefined, '/dev/shm/holdfast.db')).toBe('ephemeral')
    expect(lasts('microVmWithDisk', 'koyeb', '/dev/shm/holdfast.db')).toBe('ephemeral')
    const { target } = parseTarget('sqlite::memory:')
    const surroundings = { platform: undefined, mounts: mountsOf('vps') }
    expect(durabilityOf(target, surroundings).kind).toBe('ephemeral')
  })

  it('is not proven to last where the system tells of no mounts: trusted at home, not on a platform', () => {
    expect(durabilityOfPath(file, { platform: undefined, mounts: undefined }).kind).toBe('local')
    expect(durabilityOfPath(file, { platform: 'render', mounts: undefined }).kind).toBe('ephemeral')
    expect(durabilityOfPath(file, { platform: 'render', mounts: [] }).kind).toBe('ephemeral')
  })

  it('says why it does not last', () => {
    const { because } = durabilityOfPath(file, { platform: 'koyeb', mounts: mountsOf('microVm') })
    expect(because).toBe('Koyeb wipes this disk whenever it replaces the instance')
  })
})

describe('what is stored on a server', () => {
  it('is durable, wherever the service runs', () => {
    const { target } = parseTarget('postgres://u:p@dpg-abc123-a/db')
    const surroundings = { platform: 'render' as const, mounts: mountsOf('container') }
    expect(durabilityOf(target, surroundings)).toEqual({ kind: 'durable' })
  })
})

describe('the mounts', () => {
  it('are read with their blanks, and without what is no line', () => {
    const text = `${machines.vps}nonsense\n90 27 254:16 /a\\040b /mnt/my\\040disk\\134 rw - ext4 /dev/sdc rw\n`
    expect(parseMounts(text).at(-1)).toEqual({
      point: '/mnt/my disk\\',
      type: 'ext4',
      root: '/a b',
    })
    expect(parseMounts('')).toEqual([])
  })

  it('are found through links, and the last one at a point counts', () => {
    mkdirSync(join(folder, 'disk'))
    symlinkSync(join(folder, 'disk'), join(folder, 'link'))
    const mounts = [
      { point: '/', type: 'overlay', root: '/' },
      { point: join(folder, 'disk'), type: 'tmpfs', root: '/' },
      { point: join(folder, 'disk'), type: 'ext4', root: '/' },
      { point: join(folder, 'dis'), type: 'xfs', root: '/' },
    ]
    expect(mountOf(join(folder, 'link', 'new', 'a.db'), mounts)?.type).toBe('ext4')
    expect(mountOf(join(folder, 'other.db'), mounts)?.type).toBe('overlay')
  })
})
