import { isDeepStrictEqual } from 'node:util'
import type { Server } from './server.ts'

/** Raises when the two do not give the same: then they would not have done the same work. */
export async function assertSameAnswers(service: Server, limit: Server, paths: string[]) {
  for (const path of paths) {
    const [ours, theirs] = await Promise.all([read(service, path), read(limit, path)])
    if (!isDeepStrictEqual(ours, theirs)) {
      throw new Error(`${path}: the limit program answers otherwise than the service`)
    }
  }
}

/** JSON without the order of its keys; of a document, which is handed out packed, its media type and its text. */
async function read({ port }: Server, path: string): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`)
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`)
  const encoding = answer.headers.get('content-encoding')
  const type = answer.headers.get('content-type')
  const text = await answer.text()
  return encoding === null ? (JSON.parse(text) as unknown) : { encoding, type, text }
}
