import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { streamPage, type Contents } from '../../../src/modules/specs/list/list.content.ts'

/** What a slow reader of a page makes the service hold, beside the packed document. */
const pieceMost = 1024 * 1024

function pageOf(documents: (string | null)[]) {
  const packed = documents.map((text) => (text === null ? undefined : gzipSync(text)))
  const specs = documents.map((text, i) => ({
    slug: `spec-${i}`,
    latest: text === null ? null : { documentId: String(i), bytes: Buffer.byteLength(text) },
  })) as unknown as Contents['specs']
  return streamPage({
    specs,
    nextCursor: 'next',
    contentOf: (sha256) => Promise.resolve(packed[Number(sha256)]),
    serialize: JSON.stringify,
  })
}

describe('a page of specs with their documents', () => {
  const long = `\ufeff${'"é🏛\\\n\u2028</script>'.repeat(200_000)}`
  const documents = ['\ufeff{"a": "é"}', null, long, 'x'.repeat(8 * 1024 * 1024), '']

  it('has each of them as it is', async () => {
    const pieces: Buffer[] = await pageOf(documents).toArray()
    const { items, nextCursor } = JSON.parse(Buffer.concat(pieces).toString()) as {
      items: { content: string | null }[]
      nextCursor: string
    }
    expect(items.map(({ content }, i) => content === documents[i])).toEqual(
      documents.map(() => true),
    )
    expect(nextCursor).toBe('next')
  })

  it('comes in pieces, however long a document is', async () => {
    let longest = 0
    for await (const piece of pageOf(documents))
      longest = Math.max(longest, Buffer.byteLength(piece as Buffer))
    expect(longest).toBeLessThan(pieceMost)
  })
})
