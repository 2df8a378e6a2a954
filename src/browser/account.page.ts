import { read } from './api/request.ts'
import type { Me } from './api/types.ts'
import { passwordPanel } from './account/password.panel.ts'
import { profilePanel } from './account/profile.panel.ts'
import { sessionsPanel } from './account/sessions.panel.ts'
import { tokensPanel } from './account/tokens.panel.ts'
import { h } from './dom/element.ts'
import { attempt, say } from './dom/status.ts'
import { takeNotice } from './api/session.ts'
import { main, sessionOrLogin, showHeader, rememberRole } from './layout.ts'

/** Everything is there before anything is shown: nothing moves away under a finger. */
async function show(): Promise<void> {
  const me = await read<Me>('/api/me')
  rememberRole(me)
  showHeader()
  const sessions = sessionsPanel()
  const tokens = tokensPanel(me)
  await Promise.all([sessions.load(), tokens.load()])
  main().replaceChildren(
    h('h1', {}, 'Your account'),
    profilePanel(me),
    passwordPanel(me, sessions.load),
    sessions.element,
    tokens.element,
  )
  say(takeNotice())
}

if (sessionOrLogin()) void attempt(show)
