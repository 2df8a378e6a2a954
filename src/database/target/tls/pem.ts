import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { TargetError } from '../error.ts'

/** No bundle of certificates is longer; the one of all public authorities has 230 kB. */
const longestBytes = 1024 * 1024

const block = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g

/** Reads the PEM file that a parameter names. Raises `TargetError`. */
export function readPemFile(path: string, parameter: string): string {
  const pem = pemOf(readText(path, `The file that ${parameter} names`))
  if (pem !== undefined) return pem
  throw new TargetError(
    `The file that ${parameter} names is no PEM file: it should hold -----BEGIN CERTIFICATE----- or a key.`,
  )
}

/**
 * Reads certificates given as PEM text, whose line ends may have become `\n` or blanks on their way through a form,
 * as the same in base64, or as the path of a file. Raises `TargetError`, saying what the value should be.
 */
export function readCertificates(value: string): string {
  const given = pemOf(value) ?? pemOf(Buffer.from(value, 'base64').toString('latin1'))
  const pem =
    given ??
    (value.includes('-----') ? undefined : pemOf(readText(value, 'The file that it names')))
  if (pem === undefined)
    throw new TargetError('should be the text of a PEM file, or the path of one.')
  checkCertificates(pem, 'should hold')
  return pem
}

/** Gives the blocks of a PEM text, each line where it belongs; undefined when there is none. */
function pemOf(text: string): string | undefined {
  const lines = text.replaceAll(/\\r\\n|\\n/g, '\n')
  const wanted = [...lines.matchAll(block)].filter(([, label]) =>
    /CERTIFICATE|KEY/.test(label ?? ''),
  )
  const blocks = wanted.map(([, label = '', body = '']) => {
    const base64 = body.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? []
    return [`-----BEGIN ${label}-----`, ...base64, `-----END ${label}-----`, ''].join('\n')
  })
  return blocks.length === 0 ? undefined : blocks.join('')
}

function readText(path: string, subject: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isFile() || stats.size > longestBytes)
      throw new TargetError(`${subject} is no file of certificates.`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof TargetError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new TargetError(`${subject} cannot be read (${code}).`)
  }
}

/** Raises `TargetError` unless every certificate of a PEM text can be read. */
export function checkCertificates(pem: string, subject: string): void {
  const certificates = [...pem.matchAll(block)].filter(([, label]) => label === 'CERTIFICATE')
  if (certificates.length > 0 && certificates.every(([text]) => isCertificate(text))) return
  throw new TargetError(`${subject} at least one certificate, and none that is damaged.`)
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== ''
  } catch {
    return false
  }
}

/** Raises `TargetError` unless the key is the one of the certificate. */
export function checkKeyPair(cert: string, key: string): void {
  checkCertificates(cert, 'The file that sslcert names should hold')
  if (/BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(key)) {
    throw new TargetError(
      'The file that sslkey names is encrypted. Give the key without a passphrase.',
    )
  }
  if (isKeyOf(cert, key)) return
  throw new TargetError('The files that sslcert and sslkey name do not belong together.')
}

function isKeyOf(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}
