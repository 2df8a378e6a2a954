import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDocument } from '../../src/descriptions/check.ts'
import type { Answer } from '../../src/descriptions/description.worker.ts'
import { bundle, removeBundles } from '../support/bundle.ts'
import { bytesOf, fixtures } from '../support/specs.ts'

let folder: string

beforeAll(async () => {
  folder = dirname(await bundle())
})
afterAll(removeBundles)

describe('the bundle', () => {
  it('has the thread that reads descriptions as a file of its own, beside what starts it', () => {
    expect(existsSync(join(folder, 'description.worker.js'))).toBe(true)
    expect(readFileSync(join(folder, 'holdfast.js'), 'utf8')).not.toContain(
      'openapi-schema-validator/schemas',
    )
  })

  it('checks a description of every format as the sources do', async () => {
    const worker = new Worker(join(folder, 'description.worker.js'), { env: {} })
    const failed = new Promise<never>((_, reject) => worker.once('error', reject))
    try {
      for (const spec of fixtures('real')) {
        const answered = new Promise<Answer>((resolve) => {
          const listen = (answer: Answer) => {
            if ('begun' in answer) return
            worker.off('message', listen)
            resolve(answer)
          }
          worker.on('message', listen)
        })
        worker.postMessage({ id: 1, document: bytesOf(spec) }, [])
        const answer = await Promise.race([answered, failed])
        expect('checked' in answer && answer.checked).toEqual(checkDocument(bytesOf(spec)))
      }
    } finally {
      await worker.terminate()
    }
  })
})
