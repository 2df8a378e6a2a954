import { connect, createServer, type Socket } from 'node:net'
import { createMessages, type Message } from './postgres.messages.ts'
import { freePort } from './postgres.setup.ts'

/** How a connection is lost: ended politely, reset, or without a word. */
export type Loss = 'fin' | 'reset' | 'silence'

/** What a client has said since its transaction began. */
export interface Said {
  /** All of its messages, as Latin-1. */
  text: string
  messages: number
  commits: boolean
}

export interface Faults {
  /** Asked before a message of a transaction goes on to the server; with a loss, it does not. */
  beforeMessage?: (said: Said) => Loss | undefined
  /** Asked when the server has committed; with a loss, the client is not told. */
  afterCommit?: (said: Said) => Loss | undefined
  /** Asked when a transaction begins: after how many bytes, of both directions, the connection is lost. */
  afterBytes?: () => { bytes: number; loss: Loss } | undefined
  /** Hands on every message in so many bytes at a time. */
  pieces?: number
}

/** Stands between a service and PostgreSQL, reads what they say, and loses connections at a place in a transaction. */
export async function startTransactionProxy(port: number, faults: Faults = {}) {
  const own = await freePort()
  const sockets = new Set<Socket>()
  const losses: Record<Loss, number> = { fin: 0, reset: 0, silence: 0 }

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    // What breaks here is meant to.
    return socket
      .setNoDelay()
      .on('error', () => undefined)
      .once('close', () => sockets.delete(socket))
  }

  const server = createServer((socket) => {
    const near = keep(socket)
    const far = keep(connect(port, '127.0.0.1'))
    const fromClient = createMessages({ startsUntyped: true })
    const fromServer = createMessages({ startsUntyped: false })
    let said: Said | undefined
    let budget: { bytes: number; loss: Loss } | undefined
    let lost = false

    function lose(loss: Loss) {
      lost = true
      losses[loss] += 1
      if (loss === 'fin') near.end()
      else if (loss === 'reset') near.resetAndDestroy()
      // What came to the server before the network broke stays there until the client gives up.
      if (loss !== 'silence') far.destroy()
    }

    function handOn(to: Socket, { bytes }: Message) {
      const allowed = Math.min(bytes.length, budget?.bytes ?? bytes.length)
      const step = faults.pieces ?? allowed
      for (let at = 0; at < allowed; at += step) to.write(bytes.subarray(at, at + step))
      if (!budget) return
      budget.bytes -= allowed
      if (budget.bytes <= 0) lose(budget.loss)
    }

    function hear(message: Message) {
      if (message.type === 'Q' && message.text.startsWith('begin')) {
        said = { text: '', messages: 0, commits: false }
        budget = faults.afterBytes?.()
      }
      if (!said) return
      said.text += message.text
      said.messages += 1
      said.commits = message.type === 'Q' && message.text === 'commit\0'
    }

    near
      .once('close', () => far.destroy())
      .on('data', (chunk: Buffer) => {
        for (const message of fromClient(chunk)) {
          if (lost) return
          hear(message)
          const loss = said && faults.beforeMessage?.(said)
          if (loss) lose(loss)
          else handOn(far, message)
        }
      })
    far
      .once('close', () => {
        if (!lost) near.destroy()
      })
      .on('data', (chunk: Buffer) => {
        for (const message of fromServer(chunk)) {
          if (lost) return
          const committed = said?.commits && message.type === 'C' && message.text === 'COMMIT\0'
          const loss = committed && said ? faults.afterCommit?.(said) : undefined
          if (loss) lose(loss)
          else handOn(near, message)
          // Ready for the next one, and in no transaction.
          if (message.type === 'Z' && message.text === 'I') {
            said = undefined
            budget = undefined
          }
        }
      })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(own, '127.0.0.1', resolve)
  })

  return {
    /** The address of the server, by way of the proxy. */
    through(url: string): string {
      const address = new URL(url)
      address.port = String(own)
      return address.href
    },
    /** How many connections it has lost so far. */
    losses,
    /** For what comes from now on. */
    set: (next: Faults) => void Object.assign(faults, next),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
