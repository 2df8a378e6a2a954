import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { databases } from '../support/databases.ts'
import { memoryOf, resetPeakOf, startProcess, type ServiceProcess } from '../support/process.ts'
import { large, report } from '../support/trials.ts'
import { scratchFolder, sha256 } from './portability.fixture.ts'

const documents = large ? 20 : 12
const mebibyte = 1024 * 1024
/** What a handful of copies of one document take; all of them at once would take more. */
const allowance = 240 * mebibyte
/** As on an instance with 512 MB. */
const heap = '--max-old-space-size=256 --max-semi-space-size=2'
const hasProc = existsSync('/proc/self/clear_refs')

/** Just under 8 MiB, of which no two are alike. */
function longDocument(number: number): string {
  const line = `${number} lorem ipsum "dolor" sit amet 😀\n`
  const info = { title: `Long ${number}`, version: '1' }
  const room = 8 * mebibyte - 1000
  const text = line.repeat(Math.floor(room / Buffer.byteLength(JSON.stringify(line))))
  return JSON.stringify({ openapi: '3.1.0', info, paths: {}, 'x-text': text })
}

describe(`${documents} documents of 8 MiB`, () => {
  it(
    'go from SQLite to PostgreSQL and back in the memory of a few',
    { timeout: 900_000 },
    async (context) => {
      if (!hasProc) context.skip('memory is read from /proc, which is not there')
      const folder = scratchFolder()
      const [sqlite, postgres] = databases
      const urls = []
      for (const { create } of [sqlite!, postgres!, sqlite!]) urls.push((await create()).url)

      const first = await start(urls[0] as string)
      for (let number = 0; number < documents; number++) {
        const sent = await send(first, '/api/specs', longDocument(number))
        expect(sent.status, await sent.text()).toBe(201)
      }
      await first.service.stop()

      const figures: object[] = []
      const hashes: string[] = []
      for (const [at, url] of urls.entries()) {
        const { service, token } = await start(url)
        await service.call('GET', '/api/announcements')
        const idle = memoryOf(service.pid).now
        const before = join(folder, `${at - 1}.json`)
        const file = join(folder, `${at}.json`)
        const figure: Record<string, number> = { idle: Math.round(idle / mebibyte) }
        const measured = async (name: string, work: () => Promise<void>) => {
          resetPeakOf(service.pid)
          await work()
          const { peak } = memoryOf(service.pid)
          figure[name] = Math.round(peak / mebibyte)
          expect(peak - idle, name).toBeLessThan(allowance)
        }
        if (at > 0) {
          await measured('import', async () => {
            const answer = await send({ service, token }, '/api/import', createReadStream(before))
            expect(answer.status, await answer.text()).toBe(200)
          })
        }
        await measured('export', async () => {
          const answer = await fetch(`${service.origin}/api/export`, {
            headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' },
          })
          await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(file))
        })
        figures.push(figure)
        hashes.push(documentsHash(readFileSync(file)))
        await service.stop()
      }
      expect(new Set(hashes).size).toBe(1)
      report('long documents', { documents, megabytes: figures })
    },
  )
})

async function start(url: string) {
  const service = await startProcess({ DATABASE_URL: url, NODE_OPTIONS: heap })
  await service.ready()
  return { service, token: await service.login() }
}

function send(
  { service, token }: { service: ServiceProcess; token: string },
  path: string,
  body: string | Readable,
): Promise<Response> {
  const init: RequestInit & { duplex?: string } = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : (Readable.toWeb(body) as never),
    duplex: 'half',
  }
  return fetch(service.origin + path, init)
}

/** Of the lines of the documents: users differ, for each instance has an administrator of its own. */
function documentsHash(exported: Buffer): string {
  const start = exported.indexOf('"documents":[')
  return sha256(exported.subarray(start, exported.indexOf('"versions":[')))
}
