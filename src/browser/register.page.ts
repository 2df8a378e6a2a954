import { changeAsGuest } from './api/request.ts'
import { leaveNotice } from './api/session.ts'
import { h, type Child } from './dom/element.ts'
import { input } from './dom/field.ts'
import { form } from './dom/form.ts'
import { showNarrow } from './layout.ts'
import { emailIs, newPasswordIs, usernameIs } from './people.ts'

// Of an address the fragment is never sent, nor kept in anybody's log.
const invite = /^#(hf_invite_[\w-]+)$/.exec(location.hash)?.[1]
const mode = document.body.dataset.registration

const username = input({
  ...usernameIs({ minlength: 2, pattern: '[A-Za-z0-9_.\\-]+' }),
  hint: 'Letters a to z, digits, “.”, “-” and “_”. It cannot be changed later.',
})
const email = input({ ...emailIs(), hint: 'You may leave this empty.' })
const password = input(newPasswordIs())

async function register(): Promise<void> {
  await changeAsGuest('/api/auth/register', {
    username: username.value(),
    password: password.value(),
    ...(email.value() !== '' && { email: email.value() }),
    ...(invite !== undefined && { invite }),
  })
  leaveNotice('Your account is there. Log in with your username and password.')
  location.replace('/login')
}

const login = () => h('p', {}, 'You have an account? ', h('a', { href: '/login' }, 'Log in'), '.')

function show(): void {
  if (mode === 'closed') return refuse('Nobody can register here by themselves.')
  if (mode === 'invite' && invite === undefined)
    return refuse('Registering needs an invite here. Open the whole link that you were given.')
  showNarrow('Register', [
    invite !== undefined && h('p', { class: 'notice' }, 'You were invited: choose a name.'),
    form({ fields: [username, email, password], submit: 'Register', send: register }),
    login(),
  ])
  username.control.focus()
}

function refuse(reason: string): void {
  const remedy: Child = h('p', { class: 'quiet' }, 'Ask an administrator to let you in.')
  showNarrow('Register', [h('p', { class: 'notice' }, reason), remedy, login()])
}

// The link that was opened may be corrected in the address bar.
addEventListener('hashchange', () => location.reload())
show()
