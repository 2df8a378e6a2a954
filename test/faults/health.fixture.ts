import { expect } from 'vitest'

/**
 * A service with which nothing is wrong: healthy; on a disk that does not last, such as one in memory, degraded for
 * that alone. Whether its database answers is for /health/ready to tell there.
 */
export function expectWell(health: { status: string; storage: { durability: string } }): void {
  const { durability } = health.storage
  expect(health.status).toBe(durability === 'ephemeral' ? 'degraded' : 'healthy')
}
