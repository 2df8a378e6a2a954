import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { compare, loaded, type Comparison } from '../compare.ts'
import { editorToken, text } from '../data.ts'
import type { Figure } from '../figure.ts'
import { writeOneCommitAWrite } from '../limits/one-commit-a-write.ts'
import { bearing, requestText, withLoad } from '../load.ts'
import { service, startServer } from '../server.ts'
import { syncsPerWrite } from './publish.syncs.ts'

const engine = 'sqlite'
const what = 'POST /api/announcements, 32 clients, synchronous=FULL'
const readyPath = '/health/ready'

/** P5: writes a second, against the same service with `NORMAL` and one commit a write; and how often it syncs. */
export async function publish(bench: Bench): Promise<Figure[]> {
  const requests = [
    requestText({
      method: 'POST',
      path: '/api/announcements',
      headers: bearing(editorToken),
      body: { title: 'Maintenance', body: text },
    }),
  ]
  const { service, limit } = await againstOneCommitAWrite(bench, requests)
  const syncs = await syncsPerWrite(bench, requests)
  const row = 'P5'
  const errors = service.errors + limit.errors
  return [
    {
      row,
      engine,
      what,
      unit: 'writes a second',
      figure: service.perSecond,
      limit: limit.perSecond,
      goal: { ratioAtLeast: 1 },
      requests: { perSecond: service.perSecond, limitPerSecond: limit.perSecond, errors },
    },
    {
      row,
      engine,
      what,
      unit: 'µs of processor time a write',
      figure: service.processor,
      limit: limit.processor,
      goal: { none: true },
    },
    { row, engine, what, unit: 'syncs of the disk a write', figure: syncs, goal: { atMost: 0.2 } },
  ]
}

async function againstOneCommitAWrite(
  { databases, pace, folder }: Bench,
  requests: string[],
): Promise<Comparison> {
  const changed = [writeOneCommitAWrite(join(folder, 'one-commit-a-write')), 'serve']
  const [ours, theirs] = await Promise.all(
    [service, changed].map(async (program) => {
      const environment = await databases.create(engine, 'announcements')
      return startServer({ program, environment, readyPath })
    }),
  )
  if (!ours || !theirs) throw new Error('a service is missing')
  try {
    return await withLoad((client) =>
      compare({
        service: loaded(client, ours, requests),
        limit: loaded(client, theirs, requests),
        pace,
      }),
    )
  } finally {
    await Promise.all([ours.stop(), theirs.stop()])
  }
}
