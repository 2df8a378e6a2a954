import { changeAsGuest } from './api/request.ts'
import { keepSession, loggedIn, takeNotice, takeWanted, type LoggedIn } from './api/session.ts'
import { h } from './dom/element.ts'
import { input } from './dom/field.ts'
import { form } from './dom/form.ts'
import { showNarrow } from './layout.ts'
import { passwordIs, usernameIs } from './people.ts'

const username = input(usernameIs({ maxlength: 100 }))
const password = input(passwordIs())

async function logIn(): Promise<void> {
  const session = await changeAsGuest<LoggedIn>('/api/auth/login', {
    username: username.value(),
    password: password.value(),
  })
  keepSession(session)
  location.replace(takeWanted())
}

function show(): void {
  const notice = takeNotice()
  showNarrow('Log in', [
    notice !== '' && h('p', { class: 'notice', role: 'status' }, notice),
    form({ fields: [username, password], submit: 'Log in', send: logIn }),
    h('p', {}, 'No account yet? ', h('a', { href: '/register' }, 'Register'), '.'),
    h(
      'p',
      { class: 'quiet' },
      'Password forgotten? An administrator can give you a link to set a new one.',
    ),
  ])
  username.control.focus()
}

if (loggedIn()) location.replace(takeWanted())
else show()
