import { TargetError } from '../error.ts'
import { readPemFile } from '../tls/pem.ts'
import { readSsl, stricterSsl } from '../tls/ssl.ts'
import { warnIgnored, type Read } from './reader.ts'

export const readSslMode: Read = ({ parameters }, value, name) => {
  const ssl = readSsl(value)
  if (!ssl) {
    throw new TargetError(
      `The parameter ${name} has a value that is not known. Use disable, prefer, require, verify-ca or verify-full.`,
    )
  }
  parameters.ssl = stricterSsl(parameters.ssl, ssl)
}

/** Prisma's word for whether certificates are checked. */
export const readSslAccept: Read = (reading, value, name) => {
  if (value.toLowerCase() === 'strict') return readSslMode(reading, 'verify-full', name)
  return readSslMode(reading, value === 'accept_invalid_certs' ? 'require' : value, name)
}

export const readRootCertificate: Read = (reading, value, name) => {
  if (value === 'system') readSslMode(reading, 'verify-full', name)
  else reading.parameters.ca = readPemFile(value, name)
}

export const readCertificate: Read = ({ parameters }, value, name) => {
  parameters.cert = readPemFile(value, name)
}

export const readKey: Read = ({ parameters }, value, name) => {
  parameters.key = readPemFile(value, name)
}

export const readSslNegotiation: Read = (reading, value, name) => {
  if (value.toLowerCase() === 'direct') reading.parameters.directTls = true
  else if (value.toLowerCase() !== 'postgres') warnIgnored(reading, name, 'postgres or direct')
}

export const readChannelBinding: Read = ({ warnings }, value) => {
  if (value !== 'require') return
  warnings.push(
    'The parameter channel_binding=require cannot be honoured by the driver. sslmode=verify-full protects against the same attack.',
  )
}
