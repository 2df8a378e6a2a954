import { Problem } from '../api/problem.ts'
import { withQuery } from '../api/query.ts'
import { change } from '../api/request.ts'
import type { ManagedUser } from '../api/types.ts'
import { openDialog } from '../dom/dialog.ts'
import { h } from '../dom/element.ts'
import { input, select } from '../dom/field.ts'
import { cancel, form } from '../dom/form.ts'
import { say } from '../dom/status.ts'
import { findUser } from './find-user.ts'

const ways = [
  ['', 'there are none'],
  ['transfer', 'give them to somebody else'],
  ['delete', 'delete them, too'],
] as const

/** Asks what becomes of somebody's specs before the account is deleted. */
export function askToDelete(user: ManagedUser, deleted: () => Promise<void>): void {
  const way = select({ name: 'specs', label: `The specs of ${user.username}` }, ways)
  const heir = input({
    name: 'transferTo',
    label: 'Who gets them',
    hint: 'A username.',
    attributes: { maxlength: 64, autocapitalize: 'none', autocomplete: 'off' },
  })
  const showHeir = () => (heir.element.hidden = way.value() !== 'transfer')
  way.control.addEventListener('change', showHeir)
  showHeir()

  async function query(): Promise<Record<string, string>> {
    if (way.value() === 'delete') return { specs: 'delete' }
    if (way.value() !== 'transfer') return {}
    const found = await findUser(heir.value())
    if (found) return { transferTo: found.id }
    const detail = 'There is nobody of this name.'
    throw new Problem(404, { errors: [{ pointer: '/transferTo', detail }] })
  }

  openDialog(`Delete ${user.username}?`, (close) => [
    h('p', {}, 'The account, its sessions and its tokens go at once. This cannot be undone.'),
    form({
      fields: [way, heir],
      submit: 'Delete the account',
      danger: true,
      actions: [cancel(close)],
      async send() {
        await change('DELETE', withQuery(`/api/users/${user.id}`, await query()))
        close()
        say(`${user.username} is deleted.`)
        await deleted()
      },
    }),
  ])
}
