import { createChecker } from '../descriptions/checker.ts'
import type { CheckedDocument } from '../descriptions/description.ts'
import { unlimited } from '../modules/specs/allowance.ts'
import {
  locksOfSpec,
  publishSpec,
  publishVersion,
  type NewSpecPublication,
} from '../modules/specs/publish.ts'
import type { UnitOptions } from '../database/database.ts'
import type { Repositories } from '../storage.ts'
import {
  doors,
  invoicesFirst,
  invoicesSecond,
  library,
  parcels,
  weather,
} from './seed.documents.ts'

interface Sample {
  /** The document of each version, the oldest first. */
  documents: string[]
  tags: string[]
  state?: 'draft'
  visibility?: 'private'
}

export interface SampleSpec {
  first: Omit<NewSpecPublication, 'ownerId' | 'allowance'>
  further: CheckedDocument[]
}

const samples: Sample[] = [
  { documents: [library], tags: ['books', 'public-service'] },
  { documents: [invoicesFirst, invoicesSecond], tags: ['finance'] },
  { documents: [parcels], tags: ['events', 'logistics'] },
  { documents: [weather], tags: ['public-service'], state: 'draft' },
  { documents: [doors], tags: ['internal'], visibility: 'private' },
]

/** The sample specs, their documents checked as uploaded ones are. */
export async function sampleSpecs(
  log: Parameters<typeof createChecker>[0]['log'],
): Promise<SampleSpec[]> {
  const checker = createChecker({ maxBytes: 64 * 1024, log })
  const check = (text: string) => checker.check(new TextEncoder().encode(text))
  try {
    return await Promise.all(
      samples.map(async ({ documents, ...about }): Promise<SampleSpec> => {
        const [document, ...further] = await Promise.all(documents.map(check))
        if (!document) throw new Error('a sample spec has no document')
        const { tags, state = 'published', visibility = 'public' } = about
        return { first: { document, tags, state, visibility }, further }
      }),
    )
  } finally {
    await checker.close()
  }
}

/** What a unit that adds them must be alone on. */
export function locksOfSamples(specs: readonly SampleSpec[]): NonNullable<UnitOptions['alone']> {
  return specs.flatMap(({ first, further }) => [
    ...locksOfSpec(first),
    ...further.map(({ sha256 }) => ['document', sha256] as const),
  ])
}

/** Adds one, with its versions, in a unit that is alone on `locksOfSamples`. */
export async function addSample(
  tx: Repositories,
  { first, further }: SampleSpec,
  ownerId: string,
): Promise<void> {
  let { spec } = await publishSpec(tx, { ...first, ownerId, allowance: unlimited })
  for (const document of further) {
    ;({ spec } = await publishVersion(tx, spec, {
      document,
      state: first.state,
      allowance: unlimited,
    }))
  }
}
