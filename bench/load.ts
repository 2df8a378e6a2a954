import { fork } from 'node:child_process'
import { join } from 'node:path'

export interface Load {
  port: number
  /** Each sends its next request when the last one is answered. */
  connections: number
  seconds: number
  /** Whole requests, as they go over the wire; taken in a fixed, shuffled order. See `numberMark`. */
  requests: string[]
  /** How long each connection rests between an answer and its next request; then latencies are told. */
  pauseMs?: number
}

export interface LoadResult {
  answered: number
  /** Answers other than 2xx, and connections that broke. */
  errors: number
  seconds: number
  /** In milliseconds, in the order of the answers; empty without `pauseMs`. */
  latencies: number[]
}

export type Client = ReturnType<typeof startLoad>

/** Where this is in a request, the client writes a number that no other request has. */
export const numberMark = '@@@@@@@@@@@@'

/** Loads a server from a process of its own, so that the client's work is not the server's. */
export function startLoad() {
  const child = fork(join(import.meta.dirname, 'load.process.ts'))
  return {
    run(load: Load): Promise<LoadResult> {
      return new Promise((resolve, reject) => {
        const fail = () => reject(new Error('the load process ended'))
        child.once('exit', fail)
        child.once('message', (result) => {
          child.off('exit', fail)
          resolve(result as LoadResult)
        })
        child.send(load)
      })
    },
    stop: () => child.disconnect(),
  }
}

/** Starts a client for some work, and ends it afterwards. */
export async function withLoad<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = startLoad()
  try {
    return await work(client)
  } finally {
    client.stop()
  }
}

/** A request with nothing but what HTTP asks for, and JSON for a body. */
export function requestText(options: {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  /** JSON already when it is text. */
  body?: object | string
}): string {
  const { method, path, headers = {}, body } = options
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? '')
  return [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined
      ? []
      : ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]),
    '',
    text,
  ].join('\r\n')
}

/** The header of whoever bears a token. */
export const bearing = (token: string) => ({ authorization: `Bearer ${token}` })
