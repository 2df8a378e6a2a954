import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import type { Pace } from './compare.ts'
import { createDatabases } from './databases.ts'
import { isReached, ratioOf, type Figure } from './figure.ts'
import { documentOnBoth } from './rows/document.row.ts'
import { growth } from './rows/growth.row.ts'
import { listOnBoth } from './rows/list.row.ts'
import { publish } from './rows/publish.row.ts'
import { search } from './rows/search.row.ts'
import { specOnPostgres, specOnSqlite } from './rows/spec.row.ts'
import { start } from './rows/start.row.ts'
import { uploadOnBoth } from './rows/upload.row.ts'
import { root } from './server.ts'
import { tableOf } from './table.ts'

const rows: Record<string, (bench: Bench) => Promise<Figure[]>> = {
  P1: specOnSqlite,
  P2: specOnPostgres,
  P3: listOnBoth,
  P4: documentOnBoth,
  P5: publish,
  P6: uploadOnBoth,
  P11: start,
  P12: growth,
  P13: search,
}

const thorough: Pace = { warmUpSeconds: 3, rounds: 7, roundSeconds: 2, starts: 10 }
const quick: Pace = { warmUpSeconds: 1, rounds: 3, roundSeconds: 1, starts: 3 }

const results = join(import.meta.dirname, 'results')

/** Bundles the service, measures the rows that are asked for, prints the table and keeps it as JSON. */
async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const asked =
    positionals.length > 0 ? positionals.map((name) => name.toUpperCase()) : Object.keys(rows)
  const unknown = asked.filter((name) => !rows[name])
  if (unknown.length > 0) {
    throw new Error(
      `there is no row ${unknown.join(', ')}; there are ${Object.keys(rows).join(', ')}`,
    )
  }
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, stdio: 'inherit' })

  const startedAt = new Date()
  const folder = join(results, `run-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  const databases = createDatabases(folder)
  const pace = values.quick ? quick : thorough
  const figures: Figure[] = []
  try {
    for (const name of asked) {
      process.stderr.write(`${name} …\n`)
      try {
        const measured = await rows[name]?.({ pace, databases, folder, full: values.full })
        figures.push(...(measured ?? []))
      } catch (error) {
        // What was measured before, and what comes, is not lost with it.
        process.stderr.write(`${name} failed: ${String(error)}\n`)
        process.exitCode = 1
      }
    }
  } finally {
    await databases.remove()
  }
  process.stdout.write(`\n${machine()}\n\n${tableOf(figures)}`)
  keep(startedAt, { quick: values.quick, figures })
}

function keep(startedAt: Date, { quick, figures }: { quick: boolean; figures: Figure[] }) {
  const path = join(results, `${startedAt.toISOString().replaceAll(/[:.]/g, '-')}.json`)
  const table = figures.map((figure) => ({
    ...figure,
    ratio: ratioOf(figure),
    reached: isReached(figure),
  }))
  const content = { startedAt, machine: machine(), quick, figures: table }
  writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`)
  process.stdout.write(`\n${path}\n`)
}

function machine(): string {
  const [{ model } = { model: 'unknown processor' }, ...others] = cpus()
  return `Node ${process.version}, ${process.platform}, ${others.length + 1} × ${model}; LOG_LEVEL=warn`
}

await run()
