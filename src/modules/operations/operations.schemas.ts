import { Type } from 'typebox'
import { NullableText } from '../../http/schemas.ts'
import { Health } from '../health/health.schemas.ts'

export const Frozen = Type.Object({ frozen: Type.Boolean({ examples: [true] }) })

export const OperatorHealth = Type.Object({
  ...Health.properties,
  host: Type.String({ examples: ['srv-1'] }),
  memoryBytes: Type.Integer({ description: 'resident', examples: [78_000_000] }),
  frozen: Type.Boolean({ examples: [false] }),
  lastError: NullableText({ description: 'the class of the database’s last failure' }),
  database: Type.Record(
    Type.String(),
    Type.Unsafe<string | number | boolean | null>({
      type: ['string', 'number', 'boolean', 'null'],
    }),
    { description: 'version, sizes and what its durability rests on' },
  ),
})
