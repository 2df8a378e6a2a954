import { Type } from 'typebox'
import { NullableText, NullableTimestamp, Timestamp } from '../../http/schemas.ts'
import { Health } from '../health/health.schemas.ts'

export const Frozen = Type.Object({ frozen: Type.Boolean({ examples: [true] }) })

const Details = Type.Record(
  Type.String(),
  Type.Unsafe<string | number | boolean | null>({ type: ['string', 'number', 'boolean', 'null'] }),
  { description: 'counts', examples: [{ sessions: 12 }] },
)

export const JobParams = Type.Object({
  job: Type.String({ minLength: 1, maxLength: 50, examples: ['retention'] }),
})

export const JobEnded = Type.Object({
  job: Type.String({ examples: ['retention'] }),
  outcome: Type.Enum(['done', 'unfinished'], {
    description: '`unfinished`: there is more to do than there was time for',
    examples: ['done'],
  }),
  details: Details,
  startedAt: Timestamp,
  endedAt: Timestamp,
})

const JobHealth = Type.Object({
  name: Type.String({ examples: ['retention'] }),
  startedAt: NullableTimestamp,
  endedAt: NullableTimestamp,
  outcome: NullableText({
    enum: ['done', 'unfinished', 'failed', null],
    description: 'null while it runs, and when its process ended before it did',
    examples: ['done'],
  }),
  details: Details,
  holder: NullableText({ description: 'the process that is at it: host, number, run' }),
})

export const OperatorHealth = Type.Object({
  ...Health.properties,
  host: Type.String({ examples: ['srv-1'] }),
  memoryBytes: Type.Integer({ description: 'resident', examples: [78_000_000] }),
  frozen: Type.Boolean({ examples: [false] }),
  lastError: NullableText({ description: 'the class of the database’s last failure' }),
  address: Type.String({
    description: 'of the database, without its password',
    examples: ['postgres://holdfast:***@db.example.org:5432/holdfast'],
  }),
  platform: NullableText({ description: 'where the service runs', examples: ['render'] }),
  provider: NullableText({ description: 'of the database', examples: ['neon'] }),
  jobs: Type.Array(JobHealth, { description: 'the last run of each' }),
  notices: Type.Array(
    Type.Object({
      code: Type.Enum([
        'expires',
        'pauses',
        'sleeps',
        'compute_hours',
        'size',
        'no_backups',
        'remark',
      ]),
      level: Type.Enum(['info', 'warn']),
      says: Type.String({ examples: ['Neon gives a free database 500 MB; this one has 12 MB.'] }),
      daysLeft: Type.Optional(
        Type.Integer({ description: 'at most, if the database is free', examples: [12] }),
      ),
    }),
    { description: 'what is known of the provider’s free databases' },
  ),
  database: Type.Record(
    Type.String(),
    Type.Unsafe<string | number | boolean | null>({
      type: ['string', 'number', 'boolean', 'null'],
    }),
    { description: 'version, sizes and what its durability rests on' },
  ),
})
