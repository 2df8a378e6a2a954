import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from '../specs/page.browser.ts'

/** Where somebody acts: the dialog that is open, or else the page. */
const place = `(document.querySelector('dialog[open]') ?? document.body)`

const keys: Record<string, { code: string; number: number; text?: string }> = {
  Tab: { code: 'Tab', number: 9 },
  Enter: { code: 'Enter', number: 13, text: '\r' },
  Escape: { code: 'Escape', number: 27 },
  ' ': { code: 'Space', number: 32, text: ' ' },
}

/** What somebody does with a page: reads it, presses keys, and finds fields and buttons by their names. */
export function driverOf(page: Page) {
  /** Waits until an expression is true, over pages that are left meanwhile. */
  async function until(expression: string, withinMs = 15_000): Promise<void> {
    const deadline = Date.now() + withinMs
    const isTrue = () => page.evaluate<boolean>(`Boolean(${expression})`).catch(unlessLeft)
    while (!(await isTrue())) {
      if (Date.now() > deadline) {
        const seen = await page.evaluate<string>('document.body?.innerText')
        throw new Error(`${expression} did not come: ${page.complaints.join(', ')}\n${seen}`)
      }
      await pause(30)
    }
  }

  async function press(key: string, modifiers = 0): Promise<void> {
    const { code, number, text } = keys[key]!
    const event = { key, code, windowsVirtualKeyCode: number, modifiers, ...(text && { text }) }
    await page.ask('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...event })
    await page.ask('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
  }

  /** Into what has the focus, as if it was typed. */
  const write = (text: string) => page.ask('Input.insertText', { text })

  /** Into the field of a label, instead of what is in it. */
  async function fill(label: string, text: string): Promise<void> {
    const found = `[...${place}.querySelectorAll('label')].find((one) => one.textContent.startsWith(${JSON.stringify(label)}))?.control`
    await until(found)
    const type = await page.evaluate<string>(`${found}.type`)
    if (type === 'select-one' || type.startsWith('date')) {
      await page.evaluate(
        `(() => { const field = ${found}; field.value = ${JSON.stringify(text)}; field.dispatchEvent(new Event('change', { bubbles: true })) })()`,
      )
      return
    }
    await page.evaluate(`(() => { const field = ${found}; field.focus(); field.select() })()`)
    if (text === '') await page.evaluate(`${found}.value = ''`)
    else await write(text)
  }

  /** A button, a link or a box, by its name or what it says; `within` says where, if it is not the dialog. */
  async function click(name: string, within?: string): Promise<void> {
    const root = within === undefined ? place : `document.querySelector('${within}')`
    const wanted = JSON.stringify(name)
    const found = `[...(${root})?.querySelectorAll('button, a, label.choice') ?? []].find((one) => one.checkVisibility() && (one.ariaLabel === ${wanted} || one.textContent.trim().startsWith(${wanted})))`
    await until(found)
    await page.evaluate(`${found}.focus(), ${found}.click()`)
  }

  const text = () => page.evaluate<string>(`document.body.innerText`)

  return {
    ...page,
    until,
    press,
    write,
    fill,
    click,
    text,
    /** Waits until a text is to be read. */
    see: (wanted: string) => until(`document.body?.innerText.includes(${JSON.stringify(wanted)})`),
    /** Waits until one is not. */
    miss: (unwanted: string) =>
      page.until(
        `document.body && !document.body.innerText.includes(${JSON.stringify(unwanted)})`,
        10_000,
      ),
    path: () => page.evaluate<string>('location.pathname + location.hash'),
    /** What has the focus, by its name. */
    focused: () =>
      page.evaluate<string>(
        `(({ labels, ariaLabel, textContent }) => labels?.[0]?.textContent ?? ariaLabel ?? textContent)(document.activeElement)`,
      ),
  }
}

/** A page that goes while it is asked has not answered. */
function unlessLeft(error: unknown): boolean {
  if (/navigated or closed|context|of null/.test(String(error))) return false
  throw error
}
