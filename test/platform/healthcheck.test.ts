import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readOwnAddress } from '../../src/config/own-address.ts'

const entry = join(import.meta.dirname, '..', '..', 'src', 'healthcheck.ts')

/** Runs the check against a server that answers so, and gives its exit code. */
async function check(status: number | 'never'): Promise<{ code: number; ms: number }> {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    if (status !== 'never') response.writeHead(status).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const startedAt = performance.now()
  const code = await new Promise<number>((resolve) => {
    const env = { PORT: String(port), HOST: '127.0.0.1' }
    const child = execFile(process.execPath, [entry], { env })
    child.once('exit', (code) => resolve(code ?? -1))
  })
  expect(asked).toEqual(['/health'])
  return { code, ms: performance.now() - startedAt }
}

describe('the health check of the container', () => {
  it.each([
    [200, 0],
    [503, 1],
    [404, 1],
  ])('that is answered %s ends with %s', async (status, code) => {
    expect((await check(status)).code).toBe(code)
  })

  it('that is not answered ends with 1, before Docker loses its patience', async () => {
    const { code, ms } = await check('never')
    expect(code).toBe(1)
    expect(ms).toBeLessThan(5000)
  })

  it.each([
    [{}, { host: 'localhost', port: 3000 }],
    [
      { PORT: ' 8000 ', HOST: '0.0.0.0' },
      { host: 'localhost', port: 8000 },
    ],
    [
      { PORT: '"8000"', HOST: "'::'" },
      { host: 'localhost', port: 8000 },
    ],
    [
      { PORT: '', HOST: '10.0.0.5' },
      { host: '10.0.0.5', port: 3000 },
    ],
  ])('in %o asks %o', (environment, address) => {
    expect(readOwnAddress(environment)).toEqual(address)
  })
})
