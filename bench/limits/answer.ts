import type { ServerResponse } from 'node:http'

/** Answers with JSON, in one write. */
export function answer(response: ServerResponse, content: unknown) {
  const text = JSON.stringify(content)
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
