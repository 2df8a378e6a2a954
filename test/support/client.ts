import { Agent, request as send, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { keepRequest, watchAnswer } from './watch.ts'

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- an answer is what the test says that it is
  json: any
  /** How long it took, in milliseconds. */
  ms: number
}

export interface CallOptions {
  as?: string | undefined
  body?: unknown
  headers?: Record<string, string> | undefined
  /** After it the call is given up; beyond every deadline of the service unless said otherwise. */
  timeoutMs?: number
}

export type Client = ReturnType<typeof createClient>

/** Speaks HTTP over kept connections. What has no answer (a broken connection, no answer in time) is an error. */
export function createClient(origin: string) {
  const agent = new Agent({ keepAlive: true })

  /** The answer once its head is there, the body to be read by the caller. */
  function open(
    method: string,
    path: string,
    { as, body, headers, timeoutMs = 40_000 }: CallOptions = {},
  ): Promise<IncomingMessage> {
    keepRequest(as, body)
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    return new Promise((resolve, reject) => {
      const request = send(`${origin}${path}`, {
        method,
        agent,
        headers: {
          ...(as !== undefined && { authorization: `Bearer ${as}` }),
          ...(payload && {
            'content-type': 'application/json',
            'content-length': String(payload.length),
          }),
          ...headers,
        },
      })
      const timer = setTimeout(
        () => request.destroy(new Error(`no answer in ${timeoutMs} ms`)),
        timeoutMs,
      )
      request.once('close', () => clearTimeout(timer))
      request.once('error', reject).once('response', resolve)
      request.end(payload)
    })
  }

  async function call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    const since = keepRequest(options.as, options.body)
    const startedAt = performance.now()
    const response = await open(method, path, options)
    const text = await textOf(response)
    const { statusCode: status = 0, headers } = response
    watchAnswer({ method, path, status, headers, text, since })
    const isJson = String(response.headers['content-type']).includes('json') && text !== ''
    return {
      status: response.statusCode as number,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
      ms: performance.now() - startedAt,
    }
  }

  return {
    open,
    call,
    async login(credentials: { username: string; password: string }): Promise<string> {
      const { status, json, text } = await call('POST', '/api/auth/login', { body: credentials })
      if (status !== 200) throw new Error(`login answered ${status} ${text}`)
      return json.token
    },
    close: () => agent.destroy(),
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
