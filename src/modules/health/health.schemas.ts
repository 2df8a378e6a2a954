import { Type } from 'typebox'
import { NullableText, Timestamp } from '../../http/schemas.ts'

export const Status = Type.Object({ status: Type.String({ examples: ['ok'] }) })

export const Health = Type.Object({
  status: Type.Enum(['starting', 'healthy', 'degraded'], { examples: ['healthy'] }),
  version: Type.String({ examples: ['0.1.0'] }),
  instanceId: NullableText({
    description: 'of the database, the same for every process on it; null until it is known',
    examples: ['019aa0c4-6f1e-7c3a-9d43-0f6c6a1f2b3c'],
  }),
  uptimeSeconds: Type.Integer({ examples: [86_400] }),
  storage: Type.Object({
    engine: Type.Enum(['sqlite', 'postgres'], { examples: ['sqlite'] }),
    durability: Type.Enum(['durable', 'local', 'ephemeral'], { examples: ['local'] }),
    latencyMs: Type.Optional(Type.Number({ description: 'of the last real request' })),
    checkedAt: Type.Optional(Timestamp),
    pool: Type.Object({
      max: Type.Integer({ examples: [5] }),
      open: Type.Integer({ examples: [2] }),
      inUse: Type.Integer({ examples: [1] }),
      waiting: Type.Integer({ examples: [0] }),
      timeouts: Type.Integer({ description: 'since the start', examples: [0] }),
    }),
    migrations: Type.Object({
      applied: Type.Integer({ examples: [1] }),
      pending: Type.Integer({ examples: [0] }),
      head: NullableText({ examples: ['0000_init'] }),
    }),
  }),
})
