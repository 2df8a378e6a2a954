/** Takes a connection's bytes, and tells of each answer when it is whole. */
export function createReader(
  answered: (ok: boolean, closes: boolean) => void,
): (chunk: Buffer) => void {
  let head: Buffer | undefined
  let missing = 0
  let ok = false
  let closes = false

  return (chunk) => {
    if (missing > 0) missing -= chunk.length
    else {
      head = head ? Buffer.concat([head, chunk]) : chunk
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      const text = head.toString('latin1', 0, end)
      closes = /\r\nconnection: *close/i.test(text)
      ok = /^HTTP\/1\.1 2\d\d /.test(text)
      missing = contentLength(text) - (head.length - end - 4)
      head = undefined
    }
    if (missing < 0) throw new Error('an answer is longer than it says')
    if (missing === 0) answered(ok, closes)
  }
}

function contentLength(head: string): number {
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? []
  if (length === undefined) throw new Error(`an answer without a length: ${head}`)
  return Number(length)
}
