import { connect } from 'node:net'
import type { Load, LoadResult } from './load.ts'

/**
 * The client: it does so little itself that it loads a bare server on the other core fully. Every answer is read to
 * its end, by its Content-Length.
 */
async function run({ port, connections, seconds, requests }: Load): Promise<LoadResult> {
  const texts = requests.map((text) => Buffer.from(text))
  const startedAt = performance.now()
  const until = startedAt + seconds * 1000
  const result = { answered: 0, errors: 0, seconds: 0 }
  let turn = 0

  /** Coprime to any round number of requests, so that all of them have their turn, far from in order. */
  function next(): Buffer {
    turn = (turn + 7919) % texts.length
    return texts[turn] as Buffer
  }

  /** One connection, until the time is over or the server has had enough of it; tells which. */
  function talk(): Promise<'over' | 'again'> {
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let last = false
      const answered = (ok: boolean, closes: boolean) => {
        if (ok) result.answered += 1
        else result.errors += 1
        last = closes || performance.now() >= until
        if (last) socket.end()
        else socket.write(next())
      }
      socket.on('data', reader(answered))
      socket.once('error', () => (result.errors += 1))
      socket.once('close', () => {
        if (!last) result.errors += 1
        resolve(performance.now() < until ? 'again' : 'over')
      })
      socket.write(next())
    })
  }

  async function keepTalking(): Promise<void> {
    while ((await talk()) === 'again');
  }

  await Promise.all(Array.from({ length: connections }, keepTalking))
  result.seconds = (performance.now() - startedAt) / 1000
  return result
}

/** Takes a connection's bytes, and tells of each answer when it is whole. */
function reader(answered: (ok: boolean, closes: boolean) => void): (chunk: Buffer) => void {
  let head: Buffer | undefined
  let missing = 0
  let ok = false
  let closes = false

  return (chunk) => {
    if (missing > 0) missing -= chunk.length
    else {
      head = head ? Buffer.concat([head, chunk]) : chunk
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      const text = head.toString('latin1', 0, end)
      closes = /\r\nconnection: *close/i.test(text)
      ok = /^HTTP\/1\.1 2\d\d /.test(text)
      missing = contentLength(text) - (head.length - end - 4)
      head = undefined
    }
    if (missing < 0) throw new Error('an answer is longer than it says')
    if (missing === 0) answered(ok, closes)
  }
}

function contentLength(head: string): number {
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? []
  if (length === undefined) throw new Error(`an answer without a length: ${head}`)
  return Number(length)
}

process.on('message', (load: Load) => {
  void run(load).then((result) => process.send?.(result))
})
