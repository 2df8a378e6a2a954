import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
} from 'node:crypto'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** Another request was made under the key. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError'
}

/** A request that may come again: who it is from, what it asks, and the key that opens its first answer. */
export interface Repeat {
  id: string
  fingerprint: string
  seal: (answer: unknown) => string
  open: (sealed: string) => unknown
}

/**
 * The record of a request under its Idempotency-Key. The database keeps neither the key nor anything that can be
 * tested against guesses of the body (a login's holds a password): the fingerprint is keyed, the answer sealed, with
 * keys that come from the Idempotency-Key alone.
 */
export function createRepeat(request: { caller: string; key: string; content: string }): Repeat {
  const id = createHash('sha256').update(`${request.caller}\n${request.key}`).digest('hex')
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', request.key, id, purpose, 32))

  return {
    id,
    fingerprint: createHmac('sha256', derive('fingerprint')).update(request.content).digest('hex'),
    seal(answer) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, derive('answer'), nonce)
      const text = Buffer.concat([cipher.update(JSON.stringify(answer)), cipher.final()])
      return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64')
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv(algorithm, derive('answer'), bytes.subarray(0, nonceBytes))
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes))
      return JSON.parse(Buffer.concat([text, decipher.final()]).toString())
    },
  }
}
