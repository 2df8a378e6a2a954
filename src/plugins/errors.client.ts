import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { describe, problemType, type Problem } from './problem.ts'
import { securityHeaders } from './security.ts'

const problems: Record<string, Problem> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    detail: 'The headers are too large.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'too_slow',
    detail: 'The request came too slowly.',
  },
}

const notHttp: Problem = { status: 400, code: 'bad_request', detail: 'This is no HTTP request.' }

const security = Object.entries(securityHeaders)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

/** Answers what Node could not read as a request, and ends the connection: nobody knows where the next one begins. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problems[error.code ?? ''] ?? notHttp
  const requestId = crypto.randomUUID()
  const body = JSON.stringify(describe(problem, '/', requestId))
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${requestId}\r\nX-Trace-ID: ${requestId}\r\n${security}Connection: close\r\n\r\n${body}`,
  )
}
