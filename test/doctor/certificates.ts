import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'

/** A certificate and its key, as PEM, and what it takes to sign others with it. */
export interface Certificate {
  cert: string
  key: string
  name: Buffer
  privateKey: KeyObject
}

export interface CertificateOptions {
  /** The host names that it is for. */
  hosts?: string[]
  /** Who signs it; itself by default. */
  by?: Certificate
  /** As YYMMDD. */
  until?: string
  authority?: boolean
}

/** One element of DER: its tag, its length, and what is in it. */
function der(tag: number, ...parts: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const { length } = content
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), content])
}

const sequence = (...parts: Buffer[]) => der(0x30, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const yes = der(0x01, Buffer.from([255]))

const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
const commonName = '550403'
const subjectAltName = '551d11'
const basicConstraints = '551d13'

let serial = 1

/** Makes an X.509 certificate, good from 2024 on. */
export function certificate(commonly: string, options: CertificateOptions = {}): Certificate {
  const { hosts = [commonly], by, until = '491231', authority = false } = options
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(der(0x31, sequence(oid(commonName), der(0x0c, commonly))))
  const extensions = [
    sequence(oid(subjectAltName), der(0x04, sequence(...hosts.map((host) => der(0x82, host))))),
    ...(authority ? [sequence(oid(basicConstraints), yes, der(0x04, sequence(yes)))] : []),
  ]
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial++])),
    ecdsaWithSha256,
    by?.name ?? name,
    sequence(der(0x17, '240101000000Z'), der(0x17, `${until}235959Z`)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, by?.privateKey ?? privateKey)
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature))
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${whole.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    name,
    privateKey,
  }
}
