import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { certificate } from './certificates.ts'
import { examine } from './doctor.fixture.ts'
import { addressOf, password, user } from './server.fixture.ts'
import { startStranger } from './strangers.fixture.ts'

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])
/** "Authentication, clear text": whoever answers it gives his password away. */
const askPassword = Buffer.from([82, 0, 0, 0, 8, 0, 0, 0, 3])
const own = certificate('localhost')

/** Asks for the password in clear text, over what it offers; keeps all that it reads. */
async function startThief(offer: 'S' | 'N') {
  const read: Buffer[] = []
  const listen = (socket: Socket) =>
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        read.push(bytes)
        socket.write(askPassword)
      })
  const { port } = await startStranger((socket) => {
    socket.once('data', (bytes: Buffer) => {
      if (!bytes.equals(sslRequest)) {
        read.push(bytes)
        socket.write(askPassword)
        listen(socket)
        return
      }
      socket.write(offer)
      if (offer === 'N') listen(socket)
      else listen(new TLSSocket(socket, { isServer: true, cert: own.cert, key: own.key }))
    })
  })
  return { port, read: () => Buffer.concat(read).toString('latin1') }
}

describe('a server in the place of the right one', () => {
  it.each([
    ['N', 'require'],
    ['N', 'verify-full'],
    ['S', 'verify-ca'],
    ['S', 'verify-full'],
  ] as const)('that answers %s is told nothing with sslmode=%s', async (offer, mode) => {
    const thief = await startThief(offer)
    const query = `?sslmode=${mode}`
    const { failed } = await examine(addressOf({ host: 'localhost', port: thief.port, query }))
    expect(failed).toMatchObject([{ step: 'tls' }])
    expect(thief.read()).toBe('')
  })

  // So that the trial above is one: where the target asks for no more, the thief gets it.
  it.each([
    ['N', 'disable'],
    ['S', 'require'],
  ] as const)('that answers %s is told the password with sslmode=%s', async (offer, mode) => {
    const thief = await startThief(offer)
    const query = `?sslmode=${mode}`
    const address = addressOf({ host: 'localhost', port: thief.port, query })
    const { failed } = await examine(address, {}, { withinMs: 2_000 })
    expect(failed).toMatchObject([{ step: 'login' }])
    expect(thief.read()).toContain(user)
    expect(thief.read()).toContain(password)
  })
})
