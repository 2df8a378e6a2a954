import { createHash } from 'node:crypto'
import type { Service } from '../../support/service.ts'

export interface UploadOptions {
  as?: string | undefined
  query?: Record<string, string>
  type?: string
  headers?: Record<string, string>
}

export interface Downloaded {
  status: number
  headers: Record<string, string | undefined>
  bytes: Buffer
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A small OpenAPI document; `text` makes it another one. */
export function openapi(
  title: string,
  {
    version = '1',
    text = '',
    paths = {},
  }: { version?: string; text?: string; paths?: object } = {},
) {
  const info = { title, version, ...(text !== '' && { description: text }) }
  return Buffer.from(JSON.stringify({ openapi: '3.1.0', info, paths }))
}

/** What tests do with specs all the time. */
export function specsOf({ app, call }: Service) {
  return {
    /** Sends a document as the body. */
    upload: (path: string, document: Uint8Array | string, options: UploadOptions = {}) => {
      const { as, query = {}, type = 'application/json', headers } = options
      const search = new URLSearchParams(query).toString()
      return call('POST', search === '' ? path : `${path}?${search}`, {
        as,
        body: document,
        headers: { 'content-type': type, ...headers },
      })
    },

    /** The answer with its bytes as they come. */
    download: async (
      url: string,
      options: { as?: string | undefined; headers?: Record<string, string> } = {},
    ): Promise<Downloaded> => {
      const { as, headers } = options
      const answer = await app.inject({
        method: 'GET',
        url,
        headers: { ...(as !== undefined && { authorization: `Bearer ${as}` }), ...headers },
      })
      return {
        status: answer.statusCode,
        headers: answer.headers as Downloaded['headers'],
        bytes: answer.rawPayload,
      }
    },
  }
}
