import { describe, expect, it } from 'vitest'
import { databases } from '../../support/databases.ts'
import { password, startService } from '../../support/service.ts'

describe.each(databases)('where an entry comes from on $engine', ({ create }) => {
  it('is the address of the sender, as the nearest proxy that is trusted tells it, and never too long', async () => {
    const service = await startService(create, { TRUST_PROXY: '127.0.0.1' })
    const { app, call } = service
    const as = await service.login()
    const senders: [remoteAddress: string, forwarded: string | undefined, address: string][] = [
      ['203.0.113.7', undefined, '203.0.113.7'],
      ['2001:db8::7', undefined, '2001:db8::7'],
      ['fe80::1%wlp0s20f3', undefined, 'fe80::1%wlp0s20f3'],
      ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
      ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
      ['127.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
      ['127.0.0.1', '203.0.113.9:4711', '203.0.113.9:4711'],
      ['127.0.0.1', 'x'.repeat(3_000), 'x'.repeat(200)],
    ]
    for (const [index, [remoteAddress, forwarded]] of senders.entries()) {
      const answer = await app.inject({
        method: 'POST',
        url: '/api/auth/login',
        remoteAddress,
        headers: {
          'x-request-id': `sender-${index}`,
          ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
        },
        payload: { username: 'admin', password },
      })
      expect(answer.statusCode, answer.payload).toBe(200)
      const query = `/api/audit?requestId=sender-${index}`
      const { items } = (await call('GET', query, { as })).json
      expect(items.map(({ address }: { address: string }) => address)).toEqual([
        senders[index]?.[2],
      ])
    }
    const body = (await call('GET', '/api/export?include=history', { as })).text
    const headers = { 'content-type': 'application/json' }
    const answer = await call('POST', '/api/import?dryRun=true', { as, body, headers })
    expect(answer.status, answer.text).toBe(200)
  })
})
