import { changeAsGuest } from './api/request.ts'
import { forgetSession, leaveNotice } from './api/session.ts'
import { h } from './dom/element.ts'
import { input } from './dom/field.ts'
import { form } from './dom/form.ts'
import { showNarrow } from './layout.ts'
import { newPasswordIs } from './people.ts'

const token = /^#(hf_reset_[\w-]+)$/.exec(location.hash)?.[1]
const password = input(newPasswordIs('password', 'New password'))

async function reset(): Promise<void> {
  await changeAsGuest('/api/auth/reset', { token, password: password.value() })
  forgetSession()
  leaveNotice('Your new password is set. Log in with it.')
  location.replace('/login')
}

function show(): void {
  if (token === undefined)
    return showNarrow('Set a new password', [
      h('p', { class: 'notice' }, 'Open the whole link that you were given.'),
      h('p', { class: 'quiet' }, 'An administrator can give you one. It is good for 30 minutes.'),
    ])
  showNarrow('Set a new password', [
    h('p', {}, 'The link works once. All your sessions end by it.'),
    form({ fields: [password], submit: 'Set the password', send: reset }),
  ])
  password.control.focus()
}

addEventListener('hashchange', () => location.reload())
show()
