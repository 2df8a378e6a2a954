import { TargetError } from './error.ts'

const word =
  '(?:(?:your|my|the|new|db|database|project|postgres|supabase|neon)[-_ ]?)*(?:password|pass|pwd|secret|user|username|role|host|hostname|server|region|ref|reference|id|endpoint|endpoint-id|database|dbname|name|db|port)'
const secretWord = '(?:your[-_]?)?(?:db[-_]?)?(?:password|passwd|pass|pwd|secret)'

// Words of templates only, so that naming what was found tells nothing of a real password.
const placeholders: readonly RegExp[] = [
  new RegExp(`\\[${word}\\]`, 'i'),
  new RegExp(`<${word}>`, 'i'),
  new RegExp(`\\{${word}\\}`, 'i'),
  /your[-_ ]?(?:db[-_ ]?|database[-_ ]?)?password/i,
  /(?<=[:=]['"]?)[*•●]{3,}(?=['"]?(?:[@;&\s]|$))/,
  new RegExp(
    `(?<=//)(?:db[-_]?)?user(?:name)?:${secretWord}@(?:your[-_]?)?host(?:name)?(?=[:/?]|$)`,
    'i',
  ),
  /(?<=@)(?:hostname|host):(?:port|5432)(?=[/?]|$)/i,
  /(?<=@)hostname(?=[:/?]|$)/i,
  /(?<=[\w\]]):port(?=[/?]|$)/i,
  /(?<=@)(?:\.{3}|…)(?=[:/?]|$)/,
]
const unreplacedVariable =
  /\$\{\{?[ \w.-]+\}|\{\{[ \w.-]+\}\}|^\$\w+$|(?<=[:@/])\$\(?(?=[A-Z_]*(?:PASS|USER|HOST|PORT|NAME|DB))[A-Z][A-Z_]+\)?(?=[:@/?]|$)/

/** Refuses an address in which a word of the template was left standing, and names that word. Raises `TargetError`. */
export function refusePlaceholders(text: string): undefined {
  if (unreplacedVariable.test(text)) {
    throw new TargetError(
      'The address holds the name of a variable that nothing has replaced. Write the value itself.',
    )
  }
  for (const placeholder of placeholders) {
    const found = placeholder.exec(text)?.[0]
    if (found !== undefined) {
      throw new TargetError(
        `The address still holds the placeholder ${found}. Put the real value in its place.`,
      )
    }
  }
}
