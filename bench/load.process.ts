import { connect } from 'node:net'
import { createReader } from './load.answer.ts'
import { numberMark, type Load, type LoadResult } from './load.ts'

/** For as long as the process lives: what was uploaded once is not new again in the next round. */
let number = 0

/**
 * The client: it does so little itself that it loads a bare server on the other core fully. Every answer is read to
 * its end, by its Content-Length.
 */
async function run(load: Load): Promise<LoadResult> {
  const { port, connections, seconds, requests, pauseMs } = load
  const texts = requests.map((text) => Buffer.from(text))
  const marks = texts.map((text) => text.indexOf(numberMark))
  const startedAt = performance.now()
  const until = startedAt + seconds * 1000
  const result: LoadResult = { answered: 0, errors: 0, seconds: 0, latencies: [] }
  let turn = 0

  /** Coprime to any round number of requests, so that all of them have their turn, far from in order. */
  function next(): Buffer {
    turn = (turn + 7919) % texts.length
    const text = texts[turn] as Buffer
    const mark = marks[turn] as number
    if (mark === -1) return text
    const numbered = Buffer.from(text)
    numbered.write(String(++number).padStart(numberMark.length, '0'), mark, 'latin1')
    return numbered
  }

  /** One connection, until the time is over or the server has had enough of it; tells which. */
  function talk(): Promise<'over' | 'again'> {
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let last = false
      let sentAt = 0
      const send = () => {
        if (pauseMs !== undefined) sentAt = performance.now()
        socket.write(next())
      }
      const answered = (ok: boolean, closes: boolean) => {
        if (ok) result.answered += 1
        else result.errors += 1
        const now = performance.now()
        if (pauseMs !== undefined) result.latencies.push(now - sentAt)
        last = closes || now >= until
        if (last) socket.end()
        else if (pauseMs === undefined) send()
        else setTimeout(send, pauseMs)
      }
      socket.on('data', createReader(answered))
      socket.once('error', () => (result.errors += 1))
      socket.once('close', () => {
        if (!last) result.errors += 1
        resolve(performance.now() < until ? 'again' : 'over')
      })
      socket.once('connect', send)
    })
  }

  async function keepTalking(): Promise<void> {
    while ((await talk()) === 'again');
  }

  await Promise.all(Array.from({ length: connections }, keepTalking))
  result.seconds = (performance.now() - startedAt) / 1000
  return result
}

process.on('message', (load: Load) => {
  void run(load).then((result) => process.send?.(result))
})
