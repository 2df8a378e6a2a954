import type { Environment } from './environment.ts'

/**
 * Gives where this machine reaches its own service. Reads two variables by itself: the whole schema would cost the
 * health check more than its question.
 */
export function readOwnAddress(environment: Environment = process.env): {
  host: string
  port: number
} {
  const host = plain(environment['HOST'])
  const everywhere = ['', '0.0.0.0', '::'].includes(host)
  return { host: everywhere ? 'localhost' : host, port: Number(plain(environment['PORT']) || 3000) }
}

/** Without the quotes that `docker --env-file` leaves around a value. */
function plain(value = ''): string {
  return value
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .trim()
}
