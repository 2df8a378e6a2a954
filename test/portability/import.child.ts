// Imports a file into a database, replacing what is there, and tells how far it is: faults.test.ts kills it.
import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { openDatabase } from '../../src/database/index.ts'
import { parseTarget } from '../../src/database/target/target.ts'
import { applyImport } from '../../src/portability/import/apply/apply.ts'
import { checkImport } from '../../src/portability/import/import.ts'
import { databaseOptions, quiet } from '../support/database.options.ts'

const [url = '', file = ''] = process.argv.slice(2)
const database = openDatabase(parseTarget(url).target, databaseOptions)
await database.open()
const checked = await checkImport(createReadStream(file), {
  folder: tmpdir(),
  maxBytes: 1024 ** 3,
  log: quiet,
})
process.stdout.write('applying\n')
await applyImport(database, checked, { mode: 'replace', safetyCopy: undefined })
process.stdout.write('applied\n')
await checked.dispose()
await database.close()
