import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** What went over a connection when its last request was answered. */
interface Passed {
  read: number
  written: number
}

/**
 * Measures the bodies of a request and its answer, in bytes: by their declared lengths, or by what went over the
 * connection since the answer before, heads included. To be asked once for every answer.
 */
export function createByteCount() {
  const sockets = new WeakMap<object, Passed>()

  return function bytesOf(request: FastifyRequest, reply: FastifyReply): [number, number] {
    const { socket } = request.raw
    // A simulated connection has neither.
    const passed = socket as Partial<Socket>
    const read = passed.bytesRead ?? 0
    const written = passed.bytesWritten ?? 0
    const before = sockets.get(socket)
    const bytesIn = lengthIn(request) ?? read - (before?.read ?? 0)
    const bytesOut = lengthOut(request, reply) ?? written - (before?.written ?? 0)
    if (before) Object.assign(before, { read, written })
    else sockets.set(socket, { read, written })
    return [bytesIn, bytesOut]
  }
}

function lengthIn({ headers }: FastifyRequest): number | undefined {
  const declared = headers['content-length']
  if (declared !== undefined) return Number(declared)
  return headers['transfer-encoding'] === undefined ? 0 : undefined
}

function lengthOut(request: FastifyRequest, reply: FastifyReply): number | undefined {
  // Its headers speak of a body that is not there.
  if (request.raw.method === 'HEAD' || reply.statusCode === 304) return 0
  const declared = reply.getHeader('content-length')
  if (declared !== undefined) return Number(declared)
  return reply.statusCode === 204 ? 0 : undefined
}
