import { get } from 'node:http'
import { readOwnAddress } from './config/own-address.ts'

/** What a container's HEALTHCHECK runs: ends with 0 when the service on this machine answers 200 to /health, else with 1. */
const timeoutMs = 4000

process.exitCode = 1
const request = get({ ...readOwnAddress(), path: '/health', agent: false }, (response) => {
  if (response.statusCode === 200) process.exitCode = 0
  response.pipe(process.stdout)
})
request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer in ${timeoutMs} ms`)))
request.on('error', ({ message }) => process.stderr.write(`${message}\n`))
