import { change, read } from '../api/request.ts'
import type { Health } from '../api/types.ts'
import { confirmed } from '../dom/dialog.ts'
import { button, h, type Child } from '../dom/element.ts'
import { attempt, say } from '../dom/status.ts'
import { findings, jobsTable, particulars, vitals } from './health.view.ts'

/** How the service is, of this instance, and what to do about it. */
export function healthPanel() {
  const place = h('div')

  async function load(): Promise<void> {
    const health = await read<Health>('/api/ops/health')
    place.replaceChildren(
      ...findings(health),
      vitals(health),
      h('div', { class: 'actions' }, actions(health)),
      ...jobsTable(health),
      ...particulars(health),
    )
  }

  function actions({ frozen }: Health): Child[] {
    return [
      button('Look again', () => attempt(load), { class: 'button plain' }),
      frozen
        ? button('Let changes pass again', () => run('thaw'), { class: 'button' })
        : button('Freeze …', askToFreeze, { class: 'button danger' }),
      button('Delete what is kept no longer', () => run('run/retention'), {
        class: 'button plain',
      }),
    ]
  }

  function askToFreeze(): void {
    confirmed({
      title: 'Freeze the service?',
      text: 'Every instance refuses all changes until you let them pass again. Reading goes on.',
      action: 'Freeze',
      act: () => post('freeze'),
      done: load,
    })
  }

  const run = (what: string) => attempt(() => post(what).then(load))

  async function post(what: string): Promise<void> {
    await change('POST', `/api/ops/${what}`)
    say('Done.')
  }

  return { element: place, load }
}
