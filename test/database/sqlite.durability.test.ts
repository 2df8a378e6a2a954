import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, test, type TestContext } from 'vitest'
import { createDisk, losses, type Loss } from './sqlite.powerless.ts'
import { openTestDatabase, range, temporaryFolder } from './sqlite.fixture.ts'
import { trace, whyNoTrace, type Step } from './sqlite.trace.ts'

const script = fileURLToPath(new URL('sqlite.writer.child.ts', import.meta.url))
/** Images of the disk to look at; the whole trace has some thousands. */
const images = Number(process.env.HOLDFAST_TRIALS ?? 500)
/** For each writer, so that there are moments enough. */
const units = String(Math.ceil(images / 12))
const patience = 60_000 + images * 30
const failures = Math.ceil(images / 200)

describe('the disk is synced', () => {
  test('once for all that wait together, and for each that comes alone', async (context) => {
    const together = await traced(context, ['32', '10', 'dialect'])
    const alone = await traced(context, ['1', '50', 'dialect'])
    expect(syncs(together)).toBeLessThanOrEqual(0.2 * 320)
    expect(syncs(alone)).toBeGreaterThanOrEqual(50)
  })

  test('by the driver’s way for every write, and with NORMAL for almost none (controls)', async (context) => {
    expect(syncs(await traced(context, ['1', '50', 'full']))).toBeGreaterThanOrEqual(50)
    expect(syncs(await traced(context, ['1', '50', 'normal']))).toBeLessThan(50)
  })

  test('before anything is acknowledged', async (context) => {
    expect(unsyncedWhenSaid(await traced(context, ['8', '20', 'dialect']))).toBe(0)
    expect(unsyncedWhenSaid(await traced(context, ['1', '20', 'normal']))).toBeGreaterThan(0)
  })
})

describe('a loss of power at any moment', () => {
  test(
    'takes nothing that was acknowledged, and damages nothing',
    async (context) => {
      const run = await traced(context, ['4', units, 'dialect'])
      const found = losePower(run)
      expect(found.looked).toBeGreaterThan(100)
      expect(found.damaged).toBe(0)
      expect(found.lost).toBe(0)
      await context.annotate(`looked at ${found.looked} images`)
    },
    patience,
  )

  test(
    'takes acknowledged writes with synchronous = NORMAL (control)',
    async (context) => {
      const found = losePower(await traced(context, ['1', units, 'normal']))
      expect(found.damaged).toBe(0)
      expect(found.lost).toBeGreaterThan(0)
      await context.annotate(`lost in ${found.lost} of ${found.looked} images`)
    },
    patience,
  )
})

describe('a sync that fails', () => {
  test(
    'is the end of all acknowledgements, and takes none back',
    async (context) => {
      let ended = 0
      for (const nth of range(failures).map((n) => 3 + n)) {
        const { said, keys } = await withFailedSync(context, 'dialect', nth)
        // Without one, it was a checkpoint that failed: the log keeps what that would have moved.
        if (said.includes('!')) ended += 1
        else expect(keys.size).toBe(80)
        expect(said.filter((line) => line !== '!' && !keys.has(line))).toEqual([])
        const after = said.includes('!') ? said.slice(said.indexOf('!')) : []
        expect(after.filter((line) => line !== '!')).toEqual([])
      }
      expect(ended).toBeGreaterThan(0)
    },
    patience,
  )

  test('is followed by acknowledgements when the driver goes on (control)', async (context) => {
    const { said } = await withFailedSync(context, 'full', 9)
    expect(said.slice(said.indexOf('!')).filter((line) => line !== '!')).not.toEqual([])
  })
})

interface Run {
  file: string
  /** The files before the first step. */
  start: Record<string, Buffer>
  steps: Step[]
}

async function traced(context: TestContext, args: string[], inject?: string): Promise<Run> {
  const reason = whyNoTrace()
  if (reason) context.skip(reason)
  const folder = temporaryFolder()
  const { database, file } = await openTestDatabase({}, join(folder, 'traced.db'))
  await database.close()
  const start = { [basename(file)]: readFileSync(file) }
  const steps = await trace({
    script,
    args: [file, ...args],
    file,
    log: join(folder, 'log'),
    ...(inject && { inject }),
  })
  return { file, start, steps }
}

/** Lets the nth sync of a run fail, as a dying disk does, and reads what a new start finds. */
async function withFailedSync(context: TestContext, mode: string, nth: number) {
  const inject = `fsync,fdatasync:error=EIO:when=${nth}`
  const { file, steps } = await traced(context, ['4', '20', mode], inject)
  const said = steps.flatMap((step) => (step.kind === 'say' ? step.lines : []))
  const connection = new BetterSqlite3(file)
  const keys = connection.prepare('select key from settings').pluck().all() as string[]
  connection.close()
  return { said: said.filter((line) => line !== 'ready'), keys: new Set(keys) }
}

function syncs({ steps }: Run): number {
  return steps.filter(({ kind }) => kind === 'sync').length
}

/** How often something was acknowledged while the log was not on the disk. */
function unsyncedWhenSaid({ start, steps }: Run): number {
  const disk = createDisk(start)
  let count = 0
  for (const step of steps) {
    disk.apply(step)
    if (step.kind === 'say' && disk.hasPending('traced.db-wal')) count += 1
  }
  return count
}

/** Looks at what is left at moments all along the run, in all the ways that it may be. */
function losePower({ start, steps }: Run) {
  const folder = mkdtempSync(join(temporaryFolder(), 'image-'))
  const disk = createDisk(start)
  const acknowledged = new Set<string>()
  const found = { looked: 0, lost: 0, damaged: 0 }
  const every = Math.max(1, Math.floor((steps.length * losses.length) / images))
  for (const [index, step] of steps.entries()) {
    disk.apply(step)
    if (step.kind === 'say') step.lines.forEach((line) => acknowledged.add(line))
    acknowledged.delete('ready')
    if (index % every > 0) continue
    for (const loss of losses) {
      const { keys, intact } = openImage(folder, disk.image(loss satisfies Loss))
      found.looked += 1
      if (!intact) found.damaged += 1
      if ([...acknowledged].some((key) => !keys.has(key))) found.lost += 1
    }
  }
  rmSync(folder, { recursive: true })
  return found
}

function openImage(folder: string, image: Map<string, Buffer>) {
  for (const name of ['traced.db', 'traced.db-wal', 'traced.db-shm']) {
    rmSync(join(folder, name), { force: true })
  }
  for (const [name, content] of image) writeFileSync(join(folder, name), content)
  const connection = new BetterSqlite3(join(folder, 'traced.db'))
  connection.pragma('synchronous = OFF')
  try {
    const intact = connection.pragma('integrity_check', { simple: true }) === 'ok'
    const keys = connection.prepare('select key from settings').pluck().all() as string[]
    return { intact, keys: new Set(keys) }
  } catch {
    return { intact: false, keys: new Set<string>() }
  } finally {
    connection.close()
  }
}
