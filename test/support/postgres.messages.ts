/** A message of PostgreSQL's protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export interface Message {
  /** One letter; empty for the first of a client, which has none. */
  type: string
  /** All of it, as it came. */
  bytes: Buffer
  /** What follows its type and length, as Latin-1. */
  text: string
}

/** A function that puts the bytes of one direction together to messages, without TLS. */
export function createMessages({ startsUntyped }: { startsUntyped: boolean }) {
  let rest: Buffer = Buffer.alloc(0)
  let untyped = startsUntyped

  return function* messages(chunk: Buffer): Generator<Message> {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const typeBytes = untyped ? 0 : 1
      if (rest.length < typeBytes + 4) return
      const length = typeBytes + rest.readInt32BE(typeBytes)
      if (rest.length < length) return
      const bytes = rest.subarray(0, length)
      rest = rest.subarray(length)
      yield {
        type: bytes.toString('latin1', 0, typeBytes),
        bytes,
        text: bytes.toString('latin1', typeBytes + 4),
      }
      untyped = false
    }
  }
}
