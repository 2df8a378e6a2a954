import diagnostics from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { afterAll, expect } from 'vitest'
import { createCanaries, issues, secretsOf, textOf } from './canaries.ts'

/** Of this test file. */
export const canaries = createCanaries()

/** Beyond it an answer is a stream of somebody's own documents. */
const mostBytes = 32 * 1024 * 1024

afterAll(() => {
  expect(canaries.take()).toEqual([])
})

/** Has no answer, log line or output of this file hold what an environment keeps secret. */
export function keepSecrets(environment: Record<string, string>): void {
  for (const [name, secret] of secretsOf(environment)) canaries.keep(name, secret)
}

/** A log of an application that is looked through line by line, and kept by nobody. */
export const watchedLog = {
  write(line: string): void {
    canaries.look({ where: `the log line ${line.slice(0, 300)}`, text: line, log: true })
  },
}

/** Answers of an application of this file, by their ids, which may come over a connection besides. */
const seen = new Set<string>()

/** Has nothing tell what is sent over a connection. Gives how many tokens were sent by now. */
export function keepRequest(token: string | undefined, body: unknown): number {
  if (token !== undefined) canaries.keepToken(token)
  keepSent(body)
  return canaries.sent()
}

/** Looks through an answer that came over a connection. */
export function watchAnswer(answer: {
  method: string
  path: string
  status: number
  headers: object
  text: string
  /** What `keepRequest` gave. */
  since: number
}): void {
  const { method, path, status, headers, text, since } = answer
  if (seen.has(String((headers as Record<string, unknown>)['x-request-id']))) return
  const route = `${method} ${path.split('?')[0]}`
  canaries.look({
    where: `${route} (${status})`,
    text: `${JSON.stringify(headers)}\n${text}`,
    issues: issues(route, status, headers),
    since,
    failure: status >= 500,
  })
}

// Every application that is made in this file, by whomever, and whoever asks it.
diagnostics.channel('fastify.initialization').subscribe((message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  const bodies = new WeakMap<FastifyRequest, Buffer[]>()
  const begun = new WeakMap<FastifyRequest, number>()

  fastify.addHook('onRequest', (request, reply, done) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token !== undefined) canaries.keepToken(token)
    begun.set(request, canaries.sent())
    bodies.set(request, bodyOf(reply.raw))
    done()
  })

  fastify.addHook('preValidation', (request, _reply, done) => {
    keepSent(request.body)
    done()
  })

  fastify.addHook('onResponse', (request, reply, done) => {
    const route = `${request.method} ${request.url.split('?')[0]}`
    const headers = reply.getHeaders()
    seen.add(request.id)
    const status = reply.statusCode
    const text = textOf(headers, Buffer.concat(bodies.get(request) ?? []))
    canaries.look({
      where: `${route} (${status})`,
      text,
      issues: issues(route, status, headers),
      since: begun.get(request),
      failure: status >= 500,
    })
    done()
  })
})

const secretFields = ['password', 'current', 'new', 'token', 'invite']

function keepSent(body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  for (const field of secretFields) {
    const value: unknown = (body as Record<string, unknown>)[field]
    if (typeof value !== 'string') continue
    if (value.startsWith('hf_')) canaries.keepToken(value)
    else canaries.keep(`the ${field} that somebody sent`, value)
  }
}

/** What is written into an answer from now on. */
function bodyOf(raw: ServerResponse): Buffer[] {
  const chunks: Buffer[] = []
  let bytes = 0
  // One of them may be made of the other.
  let inside = false
  for (const name of ['write', 'end'] as const) {
    const original = raw[name].bind(raw) as (...args: unknown[]) => never
    raw[name] = (...args: unknown[]) => {
      const [chunk] = args
      if (!inside && (typeof chunk === 'string' || chunk instanceof Uint8Array)) {
        bytes += chunk.length
        if (bytes <= mostBytes) chunks.push(Buffer.from(chunk as string))
      }
      const outside = !inside
      inside = true
      try {
        return original(...args)
      } finally {
        inside = !outside
      }
    }
  }
  return chunks
}
