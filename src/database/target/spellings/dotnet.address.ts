import { TargetError } from '../error.ts'
import { toPostgresTarget } from '../postgres.target.ts'
import type { Pair } from '../parameters/query.ts'
import type { ParsedTarget, TargetOptions } from '../target.ts'
import { withoutTrailing } from '../text.ts'

/** The words of Npgsql, without blanks and in lower case, in those of libpq; an empty one needs no word. */
const words: Record<string, string | undefined> = {
  host: 'host',
  server: 'host',
  port: 'port',
  username: 'user',
  user: 'user',
  userid: 'user',
  uid: 'user',
  password: 'password',
  psw: 'password',
  pwd: 'password',
  database: 'dbname',
  db: 'dbname',
  sslmode: 'sslmode',
  sslnegotiation: 'sslnegotiation',
  rootcertificate: 'sslrootcert',
  sslcertificate: 'sslcert',
  sslkey: 'sslkey',
  timeout: 'connect_timeout',
  commandtimeout: 'command_timeout',
  applicationname: 'application_name',
  searchpath: 'search_path',
  options: 'options',
  maximumpoolsize: 'max',
  maxpoolsize: 'max',
  targetsessionattributes: 'target_session_attrs',
  channelbinding: 'channel_binding',
}
/** Of no meaning here: how the driver pools, keeps alive, reports and encodes. */
const silent =
  /^(?:trustservercertificate|pooling|min(?:imum)?poolsize|keepalive|tcpkeepalive\w*|connection\w+|includeerrordetail|persistsecurityinfo|noresetonclose|multiplexing|maxautoprepare|autopreparemin\w+|encoding|clientencoding|timezone|enlist|gssencryptionmode|kerberosservicename|includerealm|loadbalancehosts|readbuffersize|writebuffersize|internalcommandtimeout|cancellationtimeout|writecoalescing\w*|logparameters|checkcertificaterevocation)$/

const holdsPart =
  /(?:^|;)\s*(?:host|server|data source|user ?(?:id|name)?|uid|initial catalog)\s*=/i
const piece = /([^=;]*)=\s*(?:"((?:[^"]|"")*)"\s*(?=;|$)|'((?:[^']|'')*)'\s*(?=;|$)|([^;]*));?/y

/** Reads `Host=…;Port=…;Username=…;Password=…;Database=…`, as Npgsql has it. Raises `TargetError`. */
export function parseDotnet(text: string, options: TargetOptions): ParsedTarget | undefined {
  if (!text.includes(';') || !holdsPart.test(text)) return undefined
  const pairs = dotnetPairs(withoutTrailing(text, ';'))
  refuseOthers(pairs)
  return toPostgresTarget({ pairs: pairs.flatMap(translate) }, options)
}

function dotnetPairs(text: string): Pair[] {
  const pairs: Pair[] = []
  for (let at = 0; text.slice(at).trim() !== ''; at = piece.lastIndex) {
    piece.lastIndex = at
    const [, name = '', double, single, bare = ''] = piece.exec(text) ?? []
    if (name.trim() === '') {
      throw new TargetError(
        'The address cannot be read as Name=value pairs. Put values with a semicolon into double quotes.',
      )
    }
    const quoted = double?.replaceAll('""', '"') ?? single?.replaceAll("''", "'")
    pairs.push([name.trim(), quoted ?? bare.trim()])
  }
  return pairs
}

/** MySQL's and SQL Server's drivers have addresses of the same form. */
function refuseOthers(pairs: readonly Pair[]): void {
  const values = new Map(pairs.map(([name, value]) => [plain(name), value]))
  if (['initialcatalog', 'datasource', 'integratedsecurity'].some((name) => values.has(name))) {
    throw new TargetError(
      'This is the address of a Microsoft SQL Server database, or of SQLite by .NET. Give the address of a PostgreSQL database, or of SQLite as sqlite:./data/holdfast.db.',
    )
  }
  if (values.get('port') === '3306') {
    throw new TargetError(
      'This is the address of a MySQL database. Give the address of a PostgreSQL database.',
    )
  }
}

function translate([name, value]: Pair): Pair[] {
  const key = plain(name)
  const word = Object.hasOwn(words, key) ? words[key] : undefined
  if (word === 'command_timeout') return [['statement_timeout', `${value}s`]]
  if (word !== undefined) return [[word, value]]
  return silent.test(key) ? [] : [[name, value]]
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_]/g, '')
}
