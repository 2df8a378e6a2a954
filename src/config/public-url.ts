import { publicUrlOf, type PlatformName } from '../platform/platform.ts'
import type { Environment } from './environment.ts'

/** PUBLIC_URL cannot be used; the message holds no value. */
export class PublicUrlError extends Error {
  override readonly name = 'PublicUrlError'
}

/**
 * Gives where the service is reached, as scheme, host and port: PUBLIC_URL, else what the platform says; undefined
 * when neither is known. Raises `PublicUrlError`.
 */
export function readPublicUrl(
  text: string | undefined,
  platform: PlatformName | undefined,
  environment: Environment,
): string | undefined {
  if (text === undefined) return platform && publicUrlOf(platform, environment)
  const url = URL.parse(text)
  const plain = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (!url || !plain || !['http:', 'https:'].includes(url.protocol)) {
    throw new PublicUrlError(
      'should be where the service is reached, without a path, as in https://specs.example.org.',
    )
  }
  return url.origin
}
