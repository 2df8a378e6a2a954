import { Agent, createServer, request as send, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a platform has in front of its instances: every request goes to the instance that is current when it comes. */
export async function startRouter(first: number) {
  let current = first
  const agent = new Agent({ keepAlive: true })
  /** How many answers the platform had to make up because an instance gave none. */
  let unanswered = 0

  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming
    const forwarded = {
      ...headers,
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-proto': 'https',
    }
    const onward = send(
      { host: '127.0.0.1', port: current, method, path: url, headers: forwarded, agent },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
        answer.once('error', () => outgoing.destroy())
      },
    )
    onward.once('error', () => refuse(outgoing))
    incoming.pipe(onward)
  })

  function refuse(outgoing: ServerResponse) {
    unanswered += 1
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(502).end()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    switchTo: (port: number) => (current = port),
    unanswered: () => unanswered,
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
