import type { NewAnnouncement } from '../modules/announcements/announcements.schemas.ts'

export const sampleUsers = [
  { username: 'ada', email: 'ada@example.org', role: 'admin' },
  { username: 'grace', email: 'grace@example.org', role: 'editor' },
  { username: 'alan', email: null, role: 'member' },
] as const

const dayMs = 24 * 60 * 60 * 1000

/** One announcement of each kind that there is, around a given day. */
export function sampleAnnouncements(today: Date): NewAnnouncement[] {
  const inDays = (days: number) => new Date(today.getTime() + days * dayMs).toISOString()
  return [
    {
      title: 'Welcome',
      body: 'Have a look around: `/docs` shows what there is.',
      pinned: true,
    },
    {
      title: 'Maintenance on Sunday',
      body: 'Back **within the hour**.',
      endsAt: inDays(7),
    },
    { title: 'For everyone who has an account', body: '', audience: 'users' },
    { title: 'For those who write', body: 'Drafts go here.', audience: 'editors' },
    { title: 'Next week’s news', body: 'Not shown before.', startsAt: inDays(7) },
    { title: 'Last week’s news', body: 'No longer shown.', endsAt: inDays(-1) },
  ]
}
