import { randomInt } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createRepeat } from '../../src/idempotency/repeat.ts'
import { newAnnouncement } from '../../src/modules/announcements/announcement.ts'
import { report, trials } from '../support/trials.ts'
import type { Loss, Said } from '../support/transaction.proxy.ts'
import {
  deeds,
  inLanes,
  losses,
  persist,
  startBehindProxy,
  tells,
  timesAudited,
  type Deed,
  type LostService,
} from './acknowledgement.fixture.ts'
import { engines } from './engines.fixture.ts'

const each = trials(10)
const lanes = 24
/** What a silent connection may take: the deadline of a COMMIT, and that of the statement that cuts it off. */
const silenceMs = 2_500

const { findings } = engines.find(({ engine }) => engine === 'postgres')!

describe('a service on PostgreSQL whose connection is lost', () => {
  let services: LostService[]

  /** Silence lasts until a deadline: only there is it short, for a busy machine has its own pauses. */
  const serviceFor = (loss: Loss) => services[loss === 'silence' ? 0 : 1] as LostService

  beforeAll(async () => {
    services = [await startBehindProxy(1), await startBehindProxy(10)]
  }, 60_000)

  afterEach(async () => {
    for (const { proxy, url, app } of services) {
      proxy.set(none)
      // Nothing is left behind on either side: no transaction, no lock, no connection that is taken for busy.
      await expect.poll(() => findings(url), { timeout: 10_000, interval: 200 }).toEqual([])
      expect(app.database.pool()).toMatchObject({ inUse: 0, waiting: 0 })
    }
  })

  afterAll(() => Promise.all(services.map((service) => service.close())))

  test.each(losses)(
    'after COMMIT, before its answer (%s), says that it does not know, and a repetition gives the first answer to one change (B3)',
    { timeout: 60_000 + (each / lanes) * 4 * silenceMs },
    async (loss) => {
      const service = serviceFor(loss)
      const struck = strikeOnce(service, new RegExp(`b3-${loss}-\\d+-`))
      const figures = { trials: 0, unknown: 0, rows: 0, replayed: 0 }
      await inLanes(lanes, each, async (number) => {
        const deed = deeds[number % deeds.length] as Deed
        const mark = `b3-${loss}-${number}-x`
        const send = () => deed.send(service, number, mark, `key of ${mark}`.replaceAll(' ', '-'))
        const { answer, lost } = await persist(send)

        const unknown = lost.filter(({ json }) => json.outcome === 'unknown')
        expect(unknown, `${deed.name} ${number}`).toHaveLength(1)
        expect(unknown[0]?.headers['retry-after']).toBe('1')
        expect(unknown[0]?.headers['content-type']).toMatch(/problem\+json/)
        expect([answer.status, answer.headers['idempotent-replayed']]).toEqual([201, 'true'])
        const rows = await deed.rows(service, mark)
        expect(rows).toHaveLength(1)
        expect(tells(answer, rows[0])).toBe(true)
        expect(await timesAudited(service, rows[0]!)).toBe(1)
        expect((await persist(send)).answer.text).toBe(answer.text)
        figures.trials += 1
        figures.unknown += unknown.length
        figures.rows += rows.length
        figures.replayed += 1
      })
      expect(struck.size).toBe(each)
      report(`B3 ${loss}`, figures)
    },
  )

  test.each(losses)('without a key, the same makes two of it (control, %s)', async (loss) => {
    const service = serviceFor(loss)
    const [announcement] = deeds as [Deed]
    const mark = `control-${loss}-0-x`
    strikeOnce(service, new RegExp(`control-${loss}-\\d+-`))
    const { answer, lost } = await persist(() => announcement.send(service, 0, mark))
    expect(lost).toMatchObject([{ status: 503, json: { outcome: 'unknown' } }])
    expect(answer.status).toBe(201)
    expect(await announcement.rows(service, mark)).toHaveLength(2)
  })

  test('with the record in a unit of its own, the same makes two of it (control)', async () => {
    const service = serviceFor('fin')
    const { app } = service
    const mark = 'outside-fin-0-x'
    strikeOnce(service, /outside-fin-0-/)
    const [author] = await app.database.db.select().from(app.database.tables.users).limit(1)
    const repeat = createRepeat({ caller: 'me', key: 'key', content: mark })

    async function naive() {
      const first = await app.storage.idempotency.recall(repeat)
      if (first) return first.answer
      const row = newAnnouncement({ title: mark, body: '' }, author!.id)
      await app.storage.unitOfWork({}, (tx) => tx.announcements.create(row))
      await app.storage.unitOfWork({}, (tx) => tx.idempotency.keep(repeat, row.id))
      return row.id
    }

    await expect(naive()).rejects.toMatchObject({ outcome: 'unknown' })
    await naive()
    expect(await deeds[0]!.rows(service, mark)).toHaveLength(2)
  })

  test(
    'before COMMIT leaves nothing, and a repetition makes it once (B4)',
    { timeout: 60_000 + (each / 10) * 2 * silenceMs + each * 500 },
    async () => {
      const figures = { trials: 0, refused: 0, absent: 0, unknown: 0, unharmed: 0 }
      for (let number = 0; number < each; number++) {
        const loss = lossOf(number)
        const service = serviceFor(loss)
        const deed = deeds[number % deeds.length] as Deed
        const mark = `b4-${number}-x`
        const send = () => deed.send(service, number, mark, `key-of-${mark}`)
        const messages = await usualMessages(service, deed, number)
        strikeAt(service, randomInt(1, messages + 1), loss)
        const first = await send()
        service.proxy.set(none)
        figures.trials += 1
        if (first.status === 503) {
          figures.refused += 1
          if (first.json.outcome === 'unknown') figures.unknown += 1
          expect(first.headers['retry-after']).toBe('1')
          expect(await deed.rows(service, mark), `${deed.name} ${number}`).toEqual([])
          figures.absent += 1
        } else {
          // A connection that is lost at its first message is replaced by another.
          expect(first.status, first.text).toBe(201)
          figures.unharmed += 1
        }
        const { answer } = await persist(send)
        expect(answer.status, answer.text).toBe(201)
        expect(answer.headers['idempotent-replayed']).toBe(
          first.status === 503 ? undefined : 'true',
        )
        const rows = await deed.rows(service, mark)
        expect(rows).toHaveLength(1)
        expect(tells(answer, rows[0])).toBe(true)
        expect(await timesAudited(service, rows[0]!)).toBe(1)
      }
      expect(figures.refused).toBeGreaterThan(0)
      report('B4', figures)
    },
  )

  test(
    'at any byte, with every message in pieces, does it once, and gives nobody another’s answer (B5)',
    { timeout: 60_000 + each * 1_000 },
    async () => {
      const service = serviceFor('fin')
      const [announcement] = deeds as [Deed]
      const figures = { trials: 0, refused: 0, unknown: 0, present: 0, absent: 0 }
      for (let number = 0; number < each; number++) {
        const mark = `b5-${number}-x`
        const send = () => announcement.send(service, number, mark, `key-of-${mark}`)
        const cut = { bytes: randomInt(1, 6_000), loss: losses[number % 2] as Loss }
        let armed = true
        service.proxy.set({
          pieces: 1 + (number % 3),
          afterBytes() {
            if (!armed) return undefined
            armed = false
            return cut
          },
        })
        const first = await send()
        figures.trials += 1
        if (first.status === 503) {
          figures.refused += 1
          const there = (await announcement.rows(service, mark)).length
          if (first.json.outcome === 'unknown') figures.unknown += 1
          else expect(there).toBe(0)
          figures[there === 1 ? 'present' : 'absent'] += 1
        }
        const { answer } = await persist(send)
        expect(answer.status, answer.text).toBe(201)
        const path = `/api/announcements/${answer.json.id}`
        const found = await service.call('GET', path)
        expect(found.json.title).toBe(mark)
        expect(await announcement.rows(service, mark)).toHaveLength(1)
      }
      report('B5', figures)
    },
  )
})

const none = {
  beforeMessage: () => undefined,
  afterCommit: () => undefined,
  afterBytes: () => undefined,
  pieces: Infinity,
}

/** Every tenth silently: that takes its time. */
function lossOf(number: number): Loss {
  return number % 10 === 9 ? 'silence' : (losses[number % 2] as Loss)
}

/** Loses the connection of each transaction with a mark that matches, when it has committed; of each mark once. */
function strikeOnce({ proxy }: LostService, pattern: RegExp): Set<string> {
  const struck = new Set<string>()
  proxy.set({
    afterCommit({ text }) {
      const [mark] = pattern.exec(text) ?? []
      if (mark === undefined || struck.has(mark)) return undefined
      struck.add(mark)
      return mark.split('-').find((word): word is Loss => losses.includes(word as Loss))
    },
  })
  return struck
}

/** Loses the connection of the next transaction instead of handing on this message of it. */
function strikeAt({ proxy }: LostService, at: number, loss: Loss): void {
  let armed = true
  proxy.set({
    beforeMessage({ messages }) {
      if (!armed || messages !== at) return undefined
      armed = false
      return loss
    },
  })
}

const usual = new Map<string, number>()

/** How many messages the transaction of a deed has, its COMMIT among them. */
async function usualMessages(service: LostService, deed: Deed, number: number): Promise<number> {
  const known = usual.get(deed.name)
  if (known !== undefined) return known
  let seen: Said | undefined
  const mark = `usual-${usual.size}-x`
  service.proxy.set({
    afterCommit(said) {
      if (said.text.includes(mark)) seen = { ...said }
      return undefined
    },
  })
  const { answer } = await persist(() => deed.send(service, number, mark, `key-of-${mark}`))
  expect(answer.status, answer.text).toBe(201)
  usual.set(deed.name, seen!.messages)
  return seen!.messages
}
