import { change } from '../api/request.ts'
import type { Me } from '../api/types.ts'
import { h, newId } from '../dom/element.ts'
import { input } from '../dom/field.ts'
import { form } from '../dom/form.ts'
import { bytes, count, time } from '../dom/format.ts'
import { say } from '../dom/status.ts'
import { emailIs, roleWords } from '../people.ts'

/** Who one is, how much one has, and the e-mail address, which alone can be changed here. */
export function profilePanel(me: Me): HTMLElement {
  const { specs, bytes: stored } = me.quota
  const email = input({ ...emailIs({ value: me.email ?? '' }), hint: 'You may leave this empty.' })

  async function save(): Promise<void> {
    await change('PATCH', '/api/me', { email: email.value() === '' ? null : email.value() })
    say('Your e-mail address is saved.')
  }

  return h(
    'section',
    {},
    h('h2', {}, 'Profile'),
    h(
      'dl',
      { class: 'facts' },
      fact('Username', me.username),
      fact('Role', roleWords[me.role]),
      fact('Since', time(me.createdAt)),
      used('Specs', specs.used, specs.limit, count),
      used('Stored', stored.used, stored.limit, bytes),
    ),
    h('div', { class: 'narrow left' }, form({ fields: [email], submit: 'Save', send: save })),
  )
}

function fact(name: string, ...value: (Node | string | false)[]): HTMLElement {
  return h('div', {}, h('dt', {}, name), h('dd', {}, ...value))
}

function used(
  name: string,
  value: number,
  limit: number | null,
  words: (value: number) => string,
): HTMLElement {
  if (limit === null) return fact(name, `${words(value)}, no limit`)
  const id = newId()
  const meter = h('meter', { value, max: Math.max(limit, 1), 'aria-labelledby': id })
  return fact(name, h('span', { id }, `${words(value)} of ${words(limit)}`), meter)
}
