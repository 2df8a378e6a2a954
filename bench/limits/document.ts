import type { ServerResponse } from 'node:http'

/** A spec's latest document as it is stored. */
export const select = `select v.document_id as sha256, v.media_type as "mediaType", o.content
  from specs s
    join versions v on v.id = s.latest_id
    join documents o on o.id = v.document_id
  where s.open and v.state <> 'withdrawn'`

export interface Row {
  sha256: string
  mediaType: string
  content: Buffer
}

const prefix = '/api/specs/'.length
const suffix = '/versions/latest/document'.length

export const slugIn = (url: string) => url.slice(prefix, -suffix)

/** Hands out the stored bytes. */
export function answerDocument(response: ServerResponse, row: Row | undefined) {
  if (!row) return void response.writeHead(404).end()
  response.writeHead(200, {
    'content-type': row.mediaType,
    'content-encoding': 'gzip',
    'content-length': row.content.length,
    etag: `"${row.sha256}-gzip"`,
    vary: 'accept-encoding',
  })
  return void response.end(row.content)
}
