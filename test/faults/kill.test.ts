import { beforeAll, describe, expect, test } from 'vitest'
import { clean, judge } from '../support/history.ts'
import { startProcess } from '../support/process.ts'
import { startProxy } from '../support/proxy.ts'
import { report, trials } from '../support/trials.ts'
import { startWriters } from '../support/writers.ts'
import { createClient } from '../support/client.ts'
import { engines, type Observed } from './engines.fixture.ts'
import { killUnderWriters } from './kill.fixture.ts'

const kills = trials(3)
const killMs = 3_000

describe.each(engines)('a service on $engine', ({ engine, create, rows, findings, run }) => {
  let url: string

  beforeAll(async () => {
    ;({ url } = await create())
  })

  test(
    'that is killed again and again under 16 writers loses nothing, and does nothing twice',
    { timeout: 30_000 + kills * killMs },
    async () => {
      const { history, figures } = await killUnderWriters({ DATABASE_URL: url }, kills)

      const found = await rows(url)
      const verdict = judge(history, found)
      report(`kill -9, ${engine}`, { ...figures, ...verdict })
      expect(verdict).toEqual(clean)
      await expect.poll(() => findings(url), { timeout: 10_000, interval: 200 }).toEqual([])

      // The control: the same check sees a row that is not there, and one that is there again.
      const [victim, twin] = found.filter(({ title }) => !title.endsWith('register'))
      await run(url, `delete from announcements where id = '${victim!.id}'`)
      await run(url, twinOf(twin!.id))
      expect(judge(history, await rows(url))).toEqual({
        lost: [victim!.title],
        doubled: [twin!.title],
        ghosts: [],
      })
    },
  )

  test('whose answers get lost on the way does nothing twice under keys, and does so without', async () => {
    const service = await startProcess({ DATABASE_URL: url })
    await service.ready()
    const token = await service.login()

    const careful = await throughLossyProxy({ service, token, keys: true, rows, url })
    expect(careful.verdict).toMatchObject({ lost: [], doubled: [] })

    const naive = await throughLossyProxy({ service, token, keys: false, rows, url })
    expect(naive.verdict.lost).toEqual([])
    expect(naive.verdict.doubled.length).toBeGreaterThan(10)
    report(`answers lost, ${engine}`, {
      cuts: careful.cuts,
      doubledWithKeys: careful.verdict.doubled.length,
      cutsWithoutKeys: naive.cuts,
      doubledWithoutKeys: naive.verdict.doubled.length,
    })
  })
})

/** Eight writers behind a proxy that loses every tenth answer with its connection, until it was thirty times. */
async function throughLossyProxy(options: {
  service: { port: number }
  token: string
  keys: boolean
  rows: Observed['rows']
  url: string
}) {
  const { service, token, keys, rows, url } = options
  const proxy = await startProxy({ port: service.port })
  let answers = 0
  let cuts = 0
  proxy.cutAnswers(() => {
    answers += 1
    if (answers % 10 !== 0) return false
    cuts += 1
    return true
  })
  const client = createClient(`http://127.0.0.1:${proxy.port}`)
  const writers = startWriters({ client, token, count: 8, keys })
  await expect.poll(() => cuts, { timeout: 20_000 }).toBeGreaterThanOrEqual(30)
  await writers.stop()
  client.close()
  await proxy.close()
  const mine = new Set(
    writers.history.flatMap((operation) => (operation.kind === 'create' ? [operation.title] : [])),
  )
  const found = (await rows(url)).filter(({ title }) => mine.has(title))
  return { cuts, verdict: judge(writers.history, found) }
}

function twinOf(id: string): string {
  return `insert into announcements
    (id, title, body, audience, pinned, author_id, revision, created_at, updated_at)
    select 'twin', title, body, audience, pinned, author_id, revision, created_at, updated_at
    from announcements where id = '${id}'`
}
