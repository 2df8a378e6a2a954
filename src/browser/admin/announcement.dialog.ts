import { localOf, momentOf } from '../api/query.ts'
import { change } from '../api/request.ts'
import type { Announcement } from '../api/types.ts'
import { openDialog } from '../dom/dialog.ts'
import { checkbox, input, select, textarea } from '../dom/field.ts'
import { cancel, form } from '../dom/form.ts'
import { say } from '../dom/status.ts'

export const audienceWords: Record<Announcement['audience'], string> = {
  everyone: 'everyone',
  users: 'users who are logged in',
  editors: 'editors',
}

/** Writes a new announcement, or changes one. */
export function writeAnnouncement(written: () => Promise<void>, one?: Announcement): void {
  const title = input({
    name: 'title',
    label: 'Title',
    attributes: { required: true, maxlength: 200, value: one?.title, autocomplete: 'off' },
  })
  const body = textarea(
    { name: 'body', label: 'Text', hint: 'Markdown.', attributes: { maxlength: 20_000, rows: 8 } },
    one?.body,
  )
  const audience = select(
    { name: 'audience', label: 'Who may read it' },
    Object.entries(audienceWords),
    one?.audience,
  )
  const startsAt = input(at('startsAt', 'Shown from', one?.startsAt ?? null))
  const endsAt = input(at('endsAt', 'Shown until', one?.endsAt ?? null))
  const pinned = checkbox('pinned', ['Pinned: before all others'], one?.pinned)

  async function save(): Promise<void> {
    const content = {
      title: title.value(),
      body: body.value(),
      audience: audience.value(),
      pinned: pinned.control.checked,
      startsAt: momentOf(startsAt.value()) ?? null,
      endsAt: momentOf(endsAt.value()) ?? null,
    }
    if (one) await change('PATCH', `/api/announcements/${one.id}`, content)
    else await change('POST', '/api/announcements', content)
    say(one ? 'The announcement is changed.' : 'The announcement is published.')
  }

  const fields = [title, body, audience, startsAt, endsAt]
  openDialog(one ? 'Change the announcement' : 'New announcement', (close) => [
    form({
      fields,
      content: [...fields.map(({ element }) => element), pinned.element],
      submit: one ? 'Save' : 'Publish',
      actions: [cancel(close)],
      async send() {
        await save()
        close()
        await written()
      },
    }),
  ])
}

function at(name: string, label: string, moment: string | null) {
  return {
    name,
    label,
    hint: name === 'startsAt' ? 'Empty: from now on.' : 'Empty: for good.',
    attributes: { type: 'datetime-local', value: localOf(moment) },
  }
}
