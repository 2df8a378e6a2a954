import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'

export interface Address {
  address: string
  family: number
}

export interface Network {
  /** Every address of a name. Rejects with the code of getaddrinfo. */
  lookup: (host: string) => Promise<Address[]>
  /** Whether this machine has a route to an address; sends nothing. */
  routable: (address: Address) => Promise<boolean>
}

/** As the service itself finds its database. */
export const machineNetwork: Network = {
  lookup: (host) => lookup(host, { all: true }),
  routable: hasRoute,
}

/** Connecting a datagram socket chooses the route, and sends nothing yet. */
function hasRoute({ address, family }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const settle = (routable: boolean) => {
      socket.close()
      resolve(routable)
    }
    socket.once('error', () => settle(false)).once('connect', () => settle(true))
    socket.connect(5432, address)
  })
}
