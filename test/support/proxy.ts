import { connect, createServer, type Socket } from 'node:net'
import { freePort } from './postgres.setup.ts'

export type ProxyMode =
  /** Hands on everything, both ways. */
  | 'forward'
  /** Takes connections, and ends each at once. */
  | 'end'
  /** Takes connections, and whatever comes, and says nothing. */
  | 'silent'

/** How idle connections are lost: told politely, told rudely, or not told at all. */
export type Loss = 'end' | 'reset' | 'silent'

export interface ProxyOptions {
  /** Where it forwards to. */
  port: number
  /** Where it listens; a free port by default. */
  listen?: number
  mode?: ProxyMode
}

/** A TCP proxy that does to connections what networks do to them. */
export async function startProxy({ port, listen, mode: first = 'forward' }: ProxyOptions) {
  const sockets = new Set<Socket>()
  const pairs = new Set<{ near: Socket; far: Socket; silent: boolean }>()
  const own = listen ?? (await freePort())
  let mode = first
  let wakesAt = 0
  let cutAnswer: (() => boolean) | undefined
  let accepted = 0
  let received = 0

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    // What breaks here is meant to, and both ends are told by the other's closing.
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
  }

  function forward(near: Socket) {
    const far = keep(connect(port, '127.0.0.1'))
    const pair = { near, far, silent: false }
    pairs.add(pair)
    near
      .once('close', () => {
        pairs.delete(pair)
        far.destroy()
      })
      .on('data', (chunk) => {
        received += 1
        if (!pair.silent) far.write(chunk)
      })
    far
      .once('close', () => {
        if (!pair.silent) near.destroy()
      })
      .on('data', (chunk) => {
        if (pair.silent) return
        if (cutAnswer?.()) near.resetAndDestroy()
        else near.write(chunk)
      })
  }

  const server = createServer((near) => {
    accepted += 1
    keep(near)
    const asleepMs = wakesAt - performance.now()
    if (mode === 'end') near.end()
    else if (mode === 'silent') near.resume()
    else if (asleepMs > 0) setTimeout(() => forward(near), asleepMs)
    else forward(near)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(own, '127.0.0.1', resolve)
  })

  return {
    port: own,
    /** For connections to come. */
    set: (next: ProxyMode) => void (mode = next),
    /** Asked at every answer of the other side: true throws it away, and breaks the connection. */
    cutAnswers: (when: () => boolean) => void (cutAnswer = when),
    /** How many connections were taken so far. */
    accepted: () => accepted,
    /** How many messages, or pieces of them, came so far. */
    received: () => received,
    open: () => pairs.size,

    /** Ends the connections that are there, as a provider does that falls asleep, or a network that forgets. */
    lose(loss: Loss) {
      for (const pair of pairs) {
        pair.silent = true
        pair.far.destroy()
        if (loss === 'end') pair.near.end()
        else if (loss === 'reset') pair.near.resetAndDestroy()
      }
    },

    /** Takes connections from now on, and reads and answers nothing on them until so many milliseconds have passed. */
    sleep: (ms: number) => void (wakesAt = performance.now() + ms),

    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
