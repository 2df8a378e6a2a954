import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/doctor/finding.ts'
import { examine } from './doctor.fixture.ts'
import { addressOf } from './server.fixture.ts'
import { startStranger } from './strangers.fixture.ts'

/** A server, or a pooler, that refuses every login with these words. */
async function startRefusing(code: string, text: string) {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(Buffer.byteLength(fields) + 4, 1)
  const refusal = Buffer.concat([head, Buffer.from(fields)])
  return startStranger((socket) => {
    socket.on('data', (bytes: Buffer) => {
      if (bytes.length === 8) socket.write('N')
      else socket.end(refusal)
    })
  })
}

// As PostgreSQL 18, PgBouncer 1.18 to 1.24, Supavisor, Neon and others word it.
describe('a login that is refused with other words', () => {
  it.each([
    ['XX000', 'Tenant or user not found', 'does not know the user', 'postgres.<project>', 1],
    ['28000', 'role "shopkeeper" is not permitted to log in', 'not permitted', 'alter role', 1],
    ['28000', 'connection requires a valid client certificate', 'certificate', 'sslcert', 1],
    ['28000', 'pg_hba.conf rejects connection for host "::1"', 'rejects', 'pg_hba.conf', 1],
    ['08P01', 'SASL authentication failed', 'the password', 'Percent-encode', 1],
    ['08P01', 'no such user', 'the password', 'Copy', 1],
    ['08P01', 'Endpoint ID is not specified.', 'Neon', 'ep-', 1],
    ['08P01', 'unsupported startup parameter: options', 'pooler refuses', 'out of the address', 1],
    ['08P01', 'server login has been failing, try again later', 'behind it', 'Start', 75],
    ['08P01', 'query_wait_timeout', 'behind it', 'Start', 75],
    ['08P01', 'no more connections allowed (max_client_conn)', 'no connection left', 'Close', 75],
    ['53300', 'too many connections for role "shopkeeper"', 'role "shopkeeper"', 'Close', 75],
    ['XX000', 'MaxClientsInSessionMode: max clients reached', 'no connection left', 'Close', 75],
    ['57P03', 'the database system is starting up', 'starting up', 'Wait', 75],
    ['57P01', 'terminating connection due to administrator command', 'shut down', 'wait', 75],
    ['XX000', 'something that nobody has seen', 'nobody has seen', 'log of the server', 1],
  ])('%s %s', async (code, text, says, remedy, exitCode) => {
    const { port } = await startRefusing(code, text)
    const { findings, failed } = await examine(addressOf({ port }))
    expect(failed).toMatchObject([
      {
        step: 'login',
        says: expect.stringContaining(says),
        remedy: expect.stringContaining(remedy),
      },
    ])
    expect(exitCodeOf(findings)).toBe(exitCode)
  })

  it('tells a name server that does not answer from a name that is not known', async () => {
    const lookup = (code: string) => () => {
      const error = Object.assign(new Error('lookup'), { code })
      return Promise.reject(error)
    }
    const routable = () => Promise.resolve(true)
    const address = addressOf({ host: 'db.example.org', port: 5432 })
    const silent = await examine(
      address,
      {},
      { network: { lookup: lookup('EAI_AGAIN'), routable } },
    )
    expect(exitCodeOf(silent.findings)).toBe(75)
    const unknown = await examine(
      address,
      {},
      { network: { lookup: lookup('ENOTFOUND'), routable } },
    )
    expect(exitCodeOf(unknown.findings)).toBe(1)
    const inside = await examine(
      addressOf({ host: 'dpg-abc123-a', port: 5432 }),
      {},
      { network: { lookup: lookup('ENOTFOUND'), routable } },
    )
    expect(inside.failed[0]!.remedy).toContain('external host')
  })
})
