import { change } from '../api/request.ts'
import type { ManagedUser } from '../api/types.ts'
import { openDialog } from '../dom/dialog.ts'
import { button, h } from '../dom/element.ts'
import { input, select, type FieldOptions } from '../dom/field.ts'
import { cancel, form } from '../dom/form.ts'
import { say } from '../dom/status.ts'
import { emailIs, roleWords } from '../people.ts'
import { askToDelete } from './user.deletion.dialog.ts'
import { askToReset } from './user.reset.dialog.ts'

const statuses = [
  ['active', 'active'],
  ['disabled', 'disabled: shut out at once, everywhere'],
] as const

/** What an administrator may do with an account; `changed` is told when something was done. */
export function openUser(user: ManagedUser, changed: () => Promise<void>): void {
  const role = select({ name: 'role', label: 'Role' }, Object.entries(roleWords), user.role)
  const status = select({ name: 'status', label: 'Status' }, statuses, user.status)
  const email = input(emailIs({ value: user.email ?? '', autocomplete: 'off' }))
  const quotaSpecs = input(quota('quotaSpecs', 'Specs at most', user.quotaSpecs))
  const quotaBytes = input(quota('quotaBytes', 'Bytes at most', user.quotaBytes))

  /** Only what is another than before: two administrators do not undo each other's changes. */
  function changes(): Record<string, unknown> {
    const wanted = {
      role: role.value(),
      status: status.value(),
      email: email.value() === '' ? null : email.value(),
      quotaSpecs: numberIn(quotaSpecs.value()),
      quotaBytes: numberIn(quotaBytes.value()),
    }
    return Object.fromEntries(
      Object.entries(wanted).filter(([key, value]) => value !== user[key as keyof ManagedUser]),
    )
  }

  openDialog(user.username, (close) => [
    form({
      fields: [role, status, email, quotaSpecs, quotaBytes],
      submit: 'Save',
      actions: [cancel(close)],
      async send() {
        const wanted = changes()
        if (Object.keys(wanted).length > 0) {
          await change('PATCH', `/api/users/${user.id}`, wanted)
          say(`${user.username} is changed.`)
        }
        close()
        await changed()
      },
    }),
    h('h3', {}, 'More'),
    h(
      'div',
      { class: 'actions' },
      button('New password …', () => (close(), askToReset(user)), { class: 'button plain' }),
      button('Delete …', () => (close(), askToDelete(user, changed)), { class: 'button danger' }),
    ),
  ])
}

function quota(name: string, label: string, value: number | null): FieldOptions {
  return {
    name,
    label,
    hint: 'Empty: as for everybody.',
    attributes: {
      type: 'number',
      min: 0,
      step: 1,
      inputmode: 'numeric',
      autocomplete: 'off',
      value: value ?? undefined,
    },
  }
}

function numberIn(text: string): number | null {
  return text === '' ? null : Number(text)
}
