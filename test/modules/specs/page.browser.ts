import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export type Browser = Awaited<ReturnType<typeof startBrowser>>
export type Page = Awaited<ReturnType<Browser['open']>>

export interface OpenOptions {
  width?: number
  height?: number
  dark?: boolean
  script?: boolean
}

interface Message {
  id?: number
  sessionId?: string
  method?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what the browser says, of many shapes
  params?: any
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  result?: any
  error?: { message: string }
}

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Where Chromium is: what CHROMIUM says, or the first of its names on the PATH. Undefined where there is none. */
export function findBrowser(): string | undefined {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A headless Chromium of its own, spoken to by the DevTools protocol. */
export async function startBrowser(path: string) {
  const profile = mkdtempSync(join(tmpdir(), 'holdfast-browser-'))
  const child = spawn(
    path,
    [
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      '--no-first-run',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-dev-shm-usage',
      // Root has none, nor do the containers of some build services.
      ...(process.getuid?.() === 0 || process.env.CI ? ['--no-sandbox'] : []),
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const socket = new WebSocket(await addressFrom(child.stderr))
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error('the browser takes no connection')))
  })

  const waiting = new Map<number, (message: Message) => void>()
  const listeners = new Set<(message: Message) => void>()
  let count = 0
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if (message.id === undefined) for (const listen of listeners) listen(message)
    else waiting.get(message.id)?.(message)
  })

  async function send(method: string, params: object = {}, sessionId?: string) {
    const id = ++count
    const answer = await new Promise<Message>((resolve) => {
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params, sessionId }))
    })
    waiting.delete(id)
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }

  /** A page of its own that has loaded `url`. */
  async function open(url: string, options: OpenOptions = {}) {
    const { width = 1280, height = 900, dark = false, script = true } = options
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
    const ask = (method: string, params?: object) => send(method, params, sessionId)
    const requests = new Map<string, string>()
    const complaints: string[] = []
    const dialogs: string[] = []
    let loaded = false

    function listen({ sessionId: from, method, params }: Message) {
      if (from !== sessionId) return
      if (method === 'Network.requestWillBeSent') requests.set(params.requestId, params.request.url)
      // What the policy forbids is told of, but never sent.
      if (method === 'Network.loadingFailed' && params.blockedReason === 'csp') {
        requests.delete(params.requestId)
      }
      if (method === 'Page.loadEventFired') loaded = true
      if (method === 'Log.entryAdded') complaints.push(params.entry.text)
      if (method === 'Runtime.exceptionThrown') {
        complaints.push(params.exceptionDetails.exception?.description ?? 'an exception')
      }
      if (method === 'Runtime.consoleAPICalled' && params.type === 'error') {
        complaints.push(params.args.map((one: { value?: unknown }) => String(one.value)).join(' '))
      }
      if (method === 'Page.javascriptDialogOpening') {
        dialogs.push(params.message)
        void ask('Page.handleJavaScriptDialog', { accept: false })
      }
    }
    listeners.add(listen)

    for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await ask(`${domain}.enable`)
    await ask('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    })
    await ask('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
    })
    if (!script) await ask('Emulation.setScriptExecutionDisabled', { value: true })
    await ask('Page.navigate', { url })

    /** The value of an expression of the page; of a promise what it resolves to. */
    async function evaluate<Value>(expression: string): Promise<Value> {
      const { result, exceptionDetails } = await ask('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      })
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description)
      return result.value
    }

    async function until(what: string, met: () => Promise<boolean> | boolean, withinMs = 20_000) {
      const deadline = Date.now() + withinMs
      while (!(await met())) {
        if (Date.now() > deadline)
          throw new Error(`${what} did not come: ${complaints.slice(0, 5).join('\n')}`)
        await pause(50)
      }
    }

    await until('the page', () => loaded)
    return {
      /** What it asked for, `url` itself first. */
      requests: () => [...requests.values()],
      /** Errors, exceptions and violations of the policy. */
      complaints,
      dialogs,
      evaluate,
      /** Waits until an expression is true. */
      until: (expression: string, withinMs?: number) =>
        until(expression, () => evaluate<boolean>(`Boolean(${expression})`), withinMs),
      ask,
      /** A PNG of what is seen, or of the whole page. */
      async screenshot(whole = false): Promise<Buffer> {
        const { data } = await ask('Page.captureScreenshot', { captureBeyondViewport: whole })
        return Buffer.from(data, 'base64')
      },
      async close() {
        listeners.delete(listen)
        await send('Target.closeTarget', { targetId })
      },
    }
  }

  return {
    open,
    async close() {
      child.kill('SIGKILL')
      await ended
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The address that the browser prints when it is ready. */
function addressFrom(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    output.setEncoding('utf8')
    output.on('data', (piece: string) => {
      text += piece
      const [, address] = /DevTools listening on (\S+)/.exec(text) ?? []
      if (address !== undefined) resolve(address)
    })
    output.once('close', () => reject(new Error(`the browser ended: ${text}`)))
  })
}
