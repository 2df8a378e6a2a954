import { beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { startService, type Service } from '../../support/service.ts'

const paths = ['/login', '/register', '/reset', '/account', '/admin']

describe('the pages of people, as they are handed out', () => {
  let call: Service['call']
  beforeAll(async () => {
    ;({ call } = await startService(databases[0]!.create, { REGISTRATION: 'closed' }))
  })

  it.each(['/', ...paths])(
    'has at %s nothing inline, and a policy under which no text becomes a script',
    async (path) => {
      const { status, headers, text } = await call('GET', path)
      expect(status).toBe(200)
      expect(headers['content-type']).toBe('text/html; charset=utf-8')
      expect(headers['cache-control']).toBe('no-cache')
      expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|https?:/)
      const policy = headers['content-security-policy']?.split('; ')
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("form-action 'none'")
      expect(policy).toContain("require-trusted-types-for 'script'")
      expect(policy).toContain("trusted-types 'none'")
      expect(headers['content-security-policy']).not.toContain('unsafe')
      expect(headers['referrer-policy']).toBe('no-referrer')
    },
  )

  it('hands out what they load, to be kept for ever under a name of its content alone', async () => {
    const { text } = await call('GET', '/account')
    const files = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
      ([, path = '']) => path,
    )
    expect(files).toHaveLength(2)
    for (const file of files) {
      const { status, headers } = await call('GET', file)
      expect([status, headers['cache-control']]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ])
      expect(headers['content-type']).toMatch(/^text\/(css|javascript); charset=utf-8$/)
      // Another build may be meant: what is wrong is not kept.
      for (const other of [file.replace(/v=.*/, 'v=another'), file.replace(/\?.*/, '')]) {
        const answer = await call('GET', other)
        expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-cache'])
      }
      const packed = await call('GET', file, { headers: { 'accept-encoding': 'gzip' } })
      expect(packed.headers['content-encoding']).toBe('gzip')
      expect(packed.headers.vary).toContain('accept-encoding')
    }
  })

  it('is small: the largest script has less than 15 kB on its way', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    for (const path of paths) {
      const packed = await call('GET', `/assets${path}.js`, { headers })
      expect(Number(packed.headers['content-length']), path).toBeLessThan(15_000)
    }
  })

  it('knows no asset but its own', async () => {
    for (const path of [
      '/assets/',
      '/assets/other.js',
      '/assets/..%2fcli.js',
      '/assets/login.js.map',
    ])
      expect((await call('GET', path)).status, path).toBe(404)
  })

  it('tells the page for registering how people come in', async () => {
    expect((await call('GET', '/register')).text).toContain('data-registration="closed"')
  })

  it('is there for everybody, whatever token comes with the request', async () => {
    for (const path of paths)
      expect((await call('GET', path, { as: 'hf_bad' })).status, path).toBe(200)
  })
})
