import { button, h, newId, type Child } from './element.ts'
import { attempt, keepReachable } from './status.ts'

export interface Dialog {
  element: HTMLDialogElement
  close: () => void
  /** When it was closed, by whatever. */
  closed: Promise<void>
}

/** Opens a dialog over the page: Escape closes it, and the focus goes back to where it was. */
export function openDialog(title: string, content: (close: () => void) => Child[]): Dialog {
  const id = newId()
  const element = h('dialog', { 'aria-labelledby': id })
  const { promise: closed, resolve } = Promise.withResolvers<void>()

  function close(): void {
    element.close()
    end()
  }

  function end(): void {
    keepReachable()
    element.remove()
    resolve()
  }

  element.append(h('h2', { id }, title), h('div', {}, content(close)))
  // By Escape, too. In a tab that is not seen it comes when it is.
  element.addEventListener('close', end)
  document.body.append(element)
  element.showModal()
  return { element, close, closed }
}

/** Asks before something is done that cannot be undone. */
export function confirmed(ask: {
  title: string
  text: string
  action: string
  act: () => Promise<void>
  /** When the dialog is gone, and the focus where it was. */
  done?: () => Promise<void>
}): Dialog {
  const { title, text, action, act, done } = ask
  return openDialog(title, (close) => {
    async function run(): Promise<void> {
      if (!(await attempt(act))) return
      close()
      if (done) await attempt(done)
    }
    return [
      h('p', {}, text),
      h(
        'div',
        { class: 'actions' },
        button(action, run, { class: 'button danger' }),
        button('Cancel', close, { class: 'button plain', autofocus: true }),
      ),
    ]
  })
}
