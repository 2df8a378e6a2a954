const unknownAuthority =
  'the certificate of the server is not signed by a known authority: set DATABASE_CA_CERT to the certificate of the one that signed it'
const noAgreement = 'TLS could not be agreed on: the server speaks none, or only an old version'
const ownCertificate =
  'the server does not accept this client without a certificate that it trusts: give sslcert and sslkey in the address'

/** For the log of whoever set the service up: what to look at first. */
const remedies: Record<string, string> = {
  '28000': 'the database lets this user in from here under no circumstances: see its access rules',
  '28P01': 'the database refuses the user name or the password',
  '3D000': 'the server has no database of this name',
  '53300': 'the server has no connection left: lower the size of the pool, or close other programs',
  '57P03': 'the database is starting up or shutting down',
  CONNECT_TIMEOUT: 'the database did not answer in time',
  ECONNREFUSED: 'nothing listens at the address of the database',
  ENOTFOUND: 'the host name of the database is not known',
  EAI_AGAIN: 'the host name of the database cannot be looked up at the moment',
  TLS_REFUSED:
    'the server offers no TLS, and the address asks for it: turn TLS on at the server, or take DATABASE_SSL=disable where nobody else is on the way',
  TLS_INJECTION:
    'something on the way to the server says more than the server may: do not trust it',
  TLS_NOT_DIRECT:
    'the server does not know TLS from the first byte on (PostgreSQL 17 does): leave sslnegotiation=direct out of the address',
  TLS_CLIENT_REFUSED:
    'the server hung up on being shown the certificate of this client: it may not trust the one who signed it; see sslcert in the address, and the log of the server',
  EPROTO: noAgreement,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'the server signed its certificate itself, and nobody else vouches for it: set DATABASE_CA_CERT to that certificate, or take DATABASE_SSL=require, which encrypts without checking',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED:
    'the certificate of the server has expired: renew it there, or look at the clock of this machine',
  CERT_NOT_YET_VALID:
    'the certificate of the server is not valid yet: look at the clocks of both machines',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate of the server is for another host name: use that name, or take DATABASE_SSL=verify-ca, which asks only who signed it',
}

/**
 * What to do about an error; undefined where nobody knows. Where one code says several things, the server's text tells them apart, if it is English; it is not passed on.
 */
export function remedyFor(code: string, text: string): string | undefined {
  if (code === '28000' && /client certificate|certificate authentication/i.test(text))
    return ownCertificate
  if (code === '28000' && /no encryption|SSL off/i.test(text)) {
    return 'the server lets this user in through TLS alone: take DATABASE_SSL=require, or better verify-full'
  }
  if (/^ERR_SSL_.*ALERT_(?:CERTIFICATE|BAD_CERT|UNKNOWN_CA|UNSUPPORTED_CERT)/.test(code))
    return ownCertificate
  return remedies[code] ?? (code.startsWith('ERR_SSL_') ? noAgreement : undefined)
}
