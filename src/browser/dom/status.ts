const region = document.getElementById('status')
let hiding: ReturnType<typeof setTimeout> | undefined

const shownMs = 8000

/** Says something in the live region of the page, for eyes and ears; an empty text takes it away. */
export function say(text: string, kind: 'done' | 'bad' = 'done'): void {
  if (!region) return
  keepReachable(region)
  clearTimeout(hiding)
  region.textContent = text
  region.dataset.kind = kind
  if (text !== '') hiding = setTimeout(() => say(''), shownMs)
}

/** What is outside a dialog that is open is behind it, and not read out. */
export function keepReachable(shown = region): void {
  const place = document.querySelector('dialog[open]') ?? document.body
  if (shown && shown.parentElement !== place) place.append(shown)
}

/** Runs something outside a form, and says why it failed. Tells whether it did not. */
export async function attempt(act: () => Promise<void>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    say(error instanceof Error ? error.message : 'Something went wrong.', 'bad')
    return false
  }
}
