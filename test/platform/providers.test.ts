import { describe, expect, it } from 'vitest'
import { noticesFor } from '../../src/platform/providers.ts'

const now = new Date('2026-11-20T12:00:00.000Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString()
const codes = (...args: Parameters<typeof noticesFor>) =>
  noticesFor(...args).map(({ code }) => code)

describe('the notices of a provider', () => {
  it('tell what is known of its free databases', () => {
    expect(codes('render')).toEqual(['expires', 'size', 'no_backups'])
    expect(codes('supabase')).toEqual(['size', 'pauses', 'no_backups'])
    expect(codes('neon')).toEqual(['size', 'sleeps', 'compute_hours'])
    expect(codes('koyeb')).toEqual(['sleeps', 'compute_hours'])
    expect(codes('railway')).toEqual(['remark'])
    expect(codes('amazon')).toEqual([])
    expect(codes(undefined)).toEqual([])
  })

  it.each([
    [0, 30, 'info'],
    [12.5, 17, 'info'],
    [20, 10, 'warn'],
    [29.9, 0, 'warn'],
  ])('count the days of a database of Render that is %s days old: %s left', (age, left, level) => {
    const [notice] = noticesFor('render', { firstMigrationAt: daysAgo(age), now })
    expect(notice).toMatchObject({ code: 'expires', daysLeft: left, level })
    expect(notice?.says).toContain(daysAgo(age - 30).slice(0, 10))
  })

  it('count no days where they cannot be known', () => {
    for (const firstMigrationAt of [undefined, daysAgo(31), 'nonsense']) {
      const [notice] = noticesFor('render', { firstMigrationAt, now })
      expect(notice?.code).toBe('expires')
      expect(notice).not.toHaveProperty('daysLeft')
    }
  })

  it('warn of a database that is nearly full, and not of one that cannot be free', () => {
    const sizeOf = (megabytes: number) =>
      noticesFor('supabase', { sizeBytes: megabytes * 1e6 }).find(({ code }) => code === 'size')
    expect(sizeOf(12)).toMatchObject({ level: 'info', says: expect.stringContaining('has 12 MB') })
    expect(sizeOf(420)).toMatchObject({ level: 'warn', says: expect.stringContaining('420 MB') })
    expect(sizeOf(4000)).toMatchObject({ level: 'info', says: expect.not.stringContaining('4000') })
  })
})
