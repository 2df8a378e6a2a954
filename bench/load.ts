import { fork } from 'node:child_process'
import { join } from 'node:path'

export interface Load {
  port: number
  /** Each sends its next request when the last one is answered. */
  connections: number
  seconds: number
  /** Whole requests, as they go over the wire; taken in a fixed, shuffled order. */
  requests: string[]
}

export interface LoadResult {
  answered: number
  /** Answers other than 2xx, and connections that broke. */
  errors: number
  seconds: number
}

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

/** A request with nothing but what HTTP asks for. */
export function requestText(options: {
  method: 'GET' | 'POST'
  path: string
  token?: string
  body?: unknown
}): string {
  const { method, path, token, body } = options
  const text = body === undefined ? '' : JSON.stringify(body)
  return [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
    ...(body === undefined
      ? []
      : ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]),
    '',
    text,
  ].join('\r\n')
}
