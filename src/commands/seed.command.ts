import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { auditRow, system } from '../audit/entry.ts'
import { newAnnouncement } from '../modules/announcements/announcement.ts'
import { newUser } from '../modules/users/new-user.ts'
import { addSample, locksOfSamples, sampleSpecs } from './seed.specs.ts'
import { sampleAnnouncements, sampleUsers } from './seed.samples.ts'
import { withStorage, type Command } from './command.ts'

export const seedCommand: Command = {
  summary: 'sample users, announcements and specs for a look around',
  usage: `holdfast seed

Adds sample users, with one password that is made up and printed, and sample announcements and specs.
Refuses a database that has users.
`,
  async run(args) {
    parseArgs({ args, options: {} })
    const password = randomBytes(12).toString('base64url')
    const users = await Promise.all(sampleUsers.map((user) => newUser({ ...user, password })))
    const [author] = users
    if (!author) throw new Error('there is no sample user to write the announcements')
    const announcements = sampleAnnouncements(new Date()).map((sample) =>
      newAnnouncement(sample, author.id),
    )

    const specs = await withStorage(async ({ storage, log }) => {
      const specs = await sampleSpecs(log)
      const alone = [['users', 'first'] as const, ...locksOfSamples(specs)]
      await storage.unitOfWork({ alone }, async (tx) => {
        if (await tx.users.exist()) throw new Error('this database has users; nothing was added')
        for (const user of users) await tx.users.create(user)
        for (const announcement of announcements) await tx.announcements.create(announcement)
        for (const spec of specs) await addSample(tx, spec, author.id)
        const details = {
          users: users.length,
          announcements: announcements.length,
          specs: specs.length,
        }
        await tx.audit.add(auditRow({ action: 'data.seed', actor: system, details }))
      })
      return specs
    })
    for (const { role, username } of users) process.stdout.write(`${role.padEnd(7)} ${username}\n`)
    process.stdout.write(`password of each: ${password}\n`)
    process.stdout.write(`${announcements.length} announcements, ${specs.length} specs\n`)
  },
}
