import type { Environment } from './settings.ts'

/**
 * Gives where this machine reaches its own service. Reads two variables by itself: the whole schema would cost the
 * health check more than its question.
 */
export function readOwnAddress(environment: Environment = process.env): {
  host: string
  port: number
} {
  const { HOST: host = '', PORT: port = '' } = environment
  const everywhere = ['', '0.0.0.0', '::'].includes(host.trim())
  return { host: everywhere ? 'localhost' : host.trim(), port: Number(port.trim() || 3000) }
}
