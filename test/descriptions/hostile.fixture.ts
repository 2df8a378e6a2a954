import type { DescriptionErrorCode } from '../../src/descriptions/description.errors.ts'

export type Answer = DescriptionErrorCode | 'stored' | 'invalid'

/** A document made to do harm, or to be misread. */
export interface Hostile {
  name: string
  document: string | Buffer
  /** The code it is refused with, or what is stored of it: a document that keeps to its schema, or does not. */
  answer: Answer | Answer[]
}

const head = 'openapi: 3.0.3\ninfo: {title: T, version: 1.0.0}\npaths: {}\n'

/** A JSON description with more beside its paths. */
function json(more: string): string {
  return `{"openapi":"3.0.3","info":{"title":"T","version":"1.0.0"},"paths":{}${more === '' ? '' : `,${more}`}}`
}

function schemas(more: string): string {
  return json(`"components":{"schemas":{${more}}}`)
}

function times(count: number, make: (index: number) => string, separator = ''): string {
  return Array.from({ length: count }, (_, index) => make(index)).join(separator)
}

const nest = (open: string, middle: string, close: string) => (depth: number) =>
  open.repeat(depth) + middle + close.repeat(depth)

/** Every construct that can hold itself, as text of a given depth. */
const nests: Record<string, (depth: number) => string> = {
  'JSON objects': (depth) => json(`"x-a":${nest('{"a":', '1', '}')(depth)}`),
  'JSON arrays': (depth) => json(`"x-a":${nest('[', '', ']')(depth)}`),
  'JSON arrays that never close': (depth) => `[${'['.repeat(depth)}`,
  'YAML flow sequences': (depth) => `${head}x-a: ${nest('[', '', ']')(depth)}\n`,
  'YAML flow sequences that never close': (depth) => `${head}x-a: ${'['.repeat(depth)}\n`,
  'YAML flow mappings': (depth) => `${head}x-a: ${nest('{a: ', '1', '}')(depth)}\n`,
  'YAML flow pairs': (depth) => `${head}x-a: ${nest('[a: ', '1', ']')(depth)}\n`,
  'YAML block sequences on a line': (depth) => `${head}x-a:\n  ${'- '.repeat(depth)}a\n`,
  'YAML block mappings': (depth) =>
    `${head}x-a:\n${times(depth, (level) => `${' '.repeat(level + 1)}a:\n`)}`,
  'YAML explicit keys': (depth) => `${head}x-a:\n  ${'? '.repeat(depth)}a\n`,
  'YAML explicit keys and sequences': (depth) => `${head}x-a:\n  ${'? - '.repeat(depth)}a\n`,
  'YAML flow keys': (depth) => `${head}? ${nest('{? ', 'a', '}')(depth)}\n: 1\n`,
  'YAML flow in the root': (depth) => nest('[', 'a', ']')(depth),
}

const aliases = (levels: number, width: number) =>
  `${head}x-0: &a0 [${times(width, () => 'l', ',')}]\n${times(
    levels,
    (level) => `x-${level + 1}: &a${level + 1} [${times(width, () => `*a${level}`, ',')}]\n`,
  )}`

const deep: Hostile[] = Object.entries(nests).flatMap(([name, make]): Hostile[] =>
  [70, 500, 5000, 100_000]
    .filter((depth) => name !== 'YAML block mappings' || depth < 2000)
    .map((depth) => ({
      name: `${name}, ${depth} deep`,
      document: make(depth),
      answer: depth < 100 ? ['too_deep', 'not_parsable'] : 'too_deep',
    })),
)

const shallow: Hostile[] = [
  {
    name: 'JSON at the depth that is taken',
    document: nests['JSON arrays']!(63),
    answer: 'stored',
  },
  {
    name: 'YAML at the depth that is taken',
    document: nests['YAML flow sequences']!(63),
    answer: 'stored',
  },
  {
    name: 'YAML blocks at the depth that is taken',
    document: nests['YAML block mappings']!(63),
    answer: 'stored',
  },
]

const bombs: Hostile[] = [
  { name: 'an alias bomb of 10^10', document: aliases(9, 10), answer: 'too_many_nodes' },
  { name: 'an alias bomb of 2^40', document: aliases(40, 2), answer: 'too_many_nodes' },
  { name: 'an alias bomb of one wide level', document: aliases(1, 1100), answer: 'too_many_nodes' },
  {
    name: 'aliases that add depth',
    document: `${head}x-0: &a0 [1]\n${times(70, (i) => `x-${i + 1}: &a${i + 1} [*a${i}]\n`)}`,
    answer: 'too_deep',
  },
  {
    name: 'an alias of what it stands in',
    document: `${head}x-a: &a\n  b: *a\n`,
    answer: 'not_parsable',
  },
  {
    name: 'an alias of the whole document',
    document: `&a\n${head}x-a: *a\n`,
    answer: 'not_parsable',
  },
  {
    name: 'an alias in a circle of two',
    document: `${head}x-a: &a {b: &b {c: *a}}\n`,
    answer: 'not_parsable',
  },
  { name: 'an alias of nothing', document: `${head}x-a: *nowhere\n`, answer: 'not_parsable' },
  {
    name: 'an alias before its anchor',
    document: `${head}x-a: *b\nx-b: &b 1\n`,
    answer: 'not_parsable',
  },
  {
    name: '80 aliases, as a real one has',
    document: `${head}x-a: &a {b: 1}\nx-b: [${times(80, () => '*a', ',')}]\n`,
    answer: 'stored',
  },
  {
    name: '9,000 anchors',
    document: `${head}${times(9000, (i) => `x-${i}: &a${i} ${i}\n`)}`,
    answer: 'stored',
  },
  {
    name: '9,000 anchors and aliases',
    document: `${head}${times(4500, (i) => `x-${i}: &a${i} ${i}\nx-b${i}: *a${i}\n`)}`,
    answer: 'stored',
  },
  {
    name: 'one anchor 5,000 times',
    document: `${head}${times(5000, (i) => `x-${i}: &a ${i}\n`)}`,
    answer: 'stored',
  },
  {
    name: 'an anchor of a megabyte',
    document: `${head}x-a: &${'a'.repeat(1e6)} 1\n`,
    answer: 'stored',
  },
  {
    name: 'a merge bomb',
    document: `${head}x-0: &a0 {a: 1}\n${times(40, (i) => `x-${i + 1}: &a${i + 1} {<<: *a${i}, b${i}: *a${i}}\n`)}`,
    answer: ['too_many_nodes', 'too_deep'],
  },
  { name: 'a merge of itself', document: `${head}x-a: &a\n  <<: *a\n`, answer: 'not_parsable' },
  { name: 'a merge of a text', document: `${head}x-a: {<<: text}\n`, answer: 'not_parsable' },
  {
    name: 'two merges in a mapping',
    document: `${head}x-a: &a {b: 1}\nx-b:\n  <<: *a\n  <<: *a\n`,
    answer: 'duplicate_key',
  },
  {
    name: 'merges of merges',
    document: `${head}x-a: &a {b: 1}\nx-b: &b {<<: *a, c: 1}\nx-c: {<<: [*a, *b], d: 1}\n`,
    answer: 'stored',
  },
  {
    name: 'a merge of more keys than are taken',
    document: `${head}x-a: &a\n${times(6000, (i) => `  a${i}: 1\n`)}x-b: &b\n${times(6000, (i) => `  b${i}: 1\n`)}x-c:\n  <<: [*a, *b]\n`,
    answer: 'too_many_keys',
  },
]

const many: Hostile[] = [
  {
    name: '100,000 keys in JSON',
    document: json(`"x-a":{${times(1e5, (i) => `"k${i}":1`, ',')}}`),
    answer: 'too_many_keys',
  },
  {
    name: '10,000 keys in JSON',
    document: json(`"x-a":{${times(1e4, (i) => `"k${i}":1`, ',')}}`),
    answer: 'stored',
  },
  {
    name: '100,000 keys in a YAML block',
    document: `${head}x-a:\n${times(1e5, (i) => `  k${i}: 1\n`)}`,
    answer: 'too_many_keys',
  },
  {
    name: '10,000 keys in a YAML block',
    document: `${head}x-a:\n${times(1e4, (i) => `  k${i}: 1\n`)}`,
    answer: 'stored',
  },
  {
    name: '100,000 keys in a YAML flow',
    document: `${head}x-a: {${times(1e5, (i) => `k${i}: 1`, ', ')}}\n`,
    answer: 'too_many_keys',
  },
  {
    name: '1,100,000 empty objects',
    document: json(`"x-a":[${times(1.1e6, () => '{}', ',')}]`),
    answer: 'too_many_nodes',
  },
  {
    name: '900,000 empty arrays',
    document: json(`"x-a":[${times(9e5, () => '[]', ',')}]`),
    answer: 'stored',
  },
  {
    name: '1,100,000 numbers in YAML',
    document: `${head}x-a: [${times(1.1e6, () => '1', ',')}]\n`,
    answer: 'too_complex',
  },
  {
    name: 'four million commas in YAML',
    document: `${head}x-a: [${','.repeat(4e6)}]\n`,
    answer: ['not_parsable', 'too_many_nodes'],
  },
  {
    name: 'two million line breaks in YAML',
    document: `${head}${'\n'.repeat(2e6)}`,
    answer: ['stored', 'too_complex'],
  },
  {
    name: '100,000 comments in YAML',
    document: `${head}${'# comment\n'.repeat(1e5)}x-a: 1\n`,
    answer: 'stored',
  },
  {
    name: '100,000 indented comments in YAML',
    document: `${head}x-a:\n${'  # comment\n'.repeat(1e5)}  b: 1\n`,
    answer: 'stored',
  },
  {
    name: '100,000 comments in a flow',
    document: `${head}x-a: [\n${'  # comment\n'.repeat(1e5)}  b]\n`,
    answer: 'stored',
  },
  {
    name: '300,000 blanks before a key',
    document: `${head}x-a:\n${' '.repeat(3e5)}b: 1\n`,
    answer: 'stored',
  },
  {
    name: '100,000 question marks',
    document: `${head}x-a: [${'? '.repeat(1e5)}]\n`,
    answer: ['not_parsable', 'too_many_nodes'],
  },
  {
    name: '100,000 colons',
    document: `${head}x-a: [${': '.repeat(1e5)}]\n`,
    answer: ['not_parsable', 'too_many_nodes'],
  },
  {
    name: '200,000 tags',
    document: `${head}x-a: ${'!!str '.repeat(2e5)}a\n`,
    answer: ['not_parsable', 'unsupported_tag'],
  },
  {
    name: '200,000 anchors on a value',
    document: `${head}x-a: ${'&a '.repeat(2e5)}a\n`,
    answer: 'not_parsable',
  },
  { name: '100,000 documents', document: '--- 1\n'.repeat(1e5), answer: 'not_parsable' },
  {
    name: '100,000 ends of documents',
    document: `${head}${'...\n'.repeat(1e5)}`,
    answer: ['stored', 'not_parsable'],
  },
  {
    name: '100,000 directives',
    document: `${'%TAG !a! tag:a,b:\n'.repeat(1e5)}---\n${head}`,
    answer: ['stored', 'not_parsable'],
  },
  {
    name: '21,000 operations',
    document: json('').replace(
      '"paths":{}',
      `"paths":{${times(3000, (i) => `"/p${i}":{${['get', 'put', 'post', 'delete', 'options', 'head', 'patch'].map((method) => `"${method}":{"responses":{"200":{"description":""}}}`).join(',')}}`, ',')}}`,
    ),
    answer: 'too_many_operations',
  },
  {
    name: '20,001 references',
    document: schemas(
      `"a":{"type":"string"},"b":{"allOf":[${times(20_001, () => '{"$ref":"#/components/schemas/a"}', ',')}]}`,
    ),
    answer: 'too_many_references',
  },
]

const references: Hostile[] = [
  {
    name: 'a reference to itself',
    document: schemas('"a":{"$ref":"#/components/schemas/a"}'),
    answer: 'invalid',
  },
  {
    name: 'a fan-out of 2^60',
    document: schemas(
      `${times(60, (i) => `"a${i}":{"type":"object","properties":{"l":{"$ref":"#/components/schemas/a${i + 1}"},"r":{"$ref":"#/components/schemas/a${i + 1}"}}}`, ',')},"a60":{"type":"string"}`,
    ),
    answer: 'stored',
  },
  {
    name: 'a chain of 9,000 references',
    document: schemas(
      `${times(9000, (i) => `"a${i}":{"$ref":"#/components/schemas/a${i + 1}"}`, ',')},"a9000":{"type":"string"}`,
    ),
    answer: 'stored',
  },
  {
    name: 'a circle of 9,000 references',
    document: schemas(
      times(9000, (i) => `"a${i}":{"$ref":"#/components/schemas/a${(i + 1) % 9000}"}`, ','),
    ),
    answer: 'invalid',
  },
  {
    name: 'a circle of schemas, which is legal',
    document: schemas('"a":{"type":"object","properties":{"a":{"$ref":"#/components/schemas/a"}}}'),
    answer: 'stored',
  },
  {
    name: 'a reference through allOf to itself',
    document: schemas('"a":{"allOf":[{"$ref":"#/components/schemas/a"}]}'),
    answer: 'stored',
  },
  {
    name: '10,000 references to nothing',
    document: schemas(`"b":{"allOf":[${times(1e4, (i) => `{"$ref":"#/nothing/${i}"}`, ',')}]}`),
    answer: 'invalid',
  },
  {
    name: '10,000 references outside',
    document: schemas(
      `"b":{"allOf":[${times(1e4, (i) => `{"$ref":"http://169.254.169.254/${i}"}`, ',')}]}`,
    ),
    answer: 'stored',
  },
  {
    name: 'a pointer of a megabyte',
    document: schemas(`"b":{"$ref":"#${'/a'.repeat(5e5)}"}`),
    answer: 'invalid',
  },
  {
    name: 'a pointer with broken percent signs',
    document: schemas('"b":{"$ref":"#/%E0%A4%A"}'),
    answer: 'invalid',
  },
  {
    name: 'a pointer to what all objects inherit',
    document: schemas('"b":{"$ref":"#/constructor/prototype"},"c":{"$ref":"#/__proto__"}'),
    answer: 'invalid',
  },
  {
    name: 'a reference that is an object',
    document: schemas('"b":{"$ref":{"$ref":"#/b"}}'),
    answer: 'invalid',
  },
]

const special: Hostile[] = [
  {
    name: '__proto__ as a key in JSON',
    document: json(
      '"__proto__":{"polluted":true},"x-a":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    ),
    answer: 'invalid',
  },
  {
    name: '__proto__ as a key in YAML',
    document: `${head}__proto__: {polluted: true}\nx-a: {__proto__: {polluted: true}, constructor: {prototype: {polluted: true}}}\n`,
    answer: 'invalid',
  },
  {
    name: '__proto__ twice in JSON',
    document: json('"x-a":{"__proto__":1,"__proto__":2}'),
    answer: 'duplicate_key',
  },
  {
    name: '__proto__ twice in YAML',
    document: `${head}x-a: {__proto__: 1, __proto__: 2}\n`,
    answer: 'duplicate_key',
  },
  {
    name: '__proto__ merged',
    document: `${head}x-a: &a {__proto__: {polluted: true}}\nx-b: {<<: *a}\n`,
    answer: 'stored',
  },
  {
    name: 'keys of objects as paths',
    document: json('').replace(
      '"paths":{}',
      '"paths":{"/toString":{"get":{"operationId":"hasOwnProperty","responses":{"200":{"description":""}}}}}',
    ),
    answer: 'stored',
  },
  {
    name: 'a key escaped and not',
    document: json('"x-a":{"a":1,"\\u0061":2}'),
    answer: 'duplicate_key',
  },
  {
    name: 'a key as number and as text',
    document: `${head}x-a: {1: a, "1": b}\n`,
    answer: 'duplicate_key',
  },
  {
    name: 'a key as 1.0 and as 1',
    document: `${head}x-a: {1.0: a, 1: b}\n`,
    answer: 'duplicate_key',
  },
  { name: 'a collection as a key', document: `${head}? [a, b]\n: 1\n`, answer: 'not_parsable' },
  { name: '1e400', document: json('"x-a":1e400'), answer: 'stored' },
  {
    name: 'a number of a million digits',
    document: json(`"x-a":${'9'.repeat(1e6)}`),
    answer: 'stored',
  },
  {
    name: 'a number of a million digits in YAML',
    document: `${head}x-a: ${'9'.repeat(1e6)}\n`,
    answer: 'stored',
  },
  {
    name: 'numbers that are none in YAML',
    document: `${head}x-a: [.inf, -.inf, .nan, 0x${'f'.repeat(1000)}, 0o777]\n`,
    answer: 'stored',
  },
  {
    name: '1e400 as the version',
    document: json('').replace('"1.0.0"', '1e400'),
    answer: 'invalid',
  },
  { name: 'a byte-order mark and JSON', document: `\ufeff${json('')}`, answer: 'stored' },
  { name: 'a byte-order mark and YAML', document: `\ufeff${head}`, answer: 'stored' },
  {
    name: 'two byte-order marks',
    document: `\ufeff\ufeff${json('')}`,
    answer: ['not_parsable', 'not_a_description', 'stored'],
  },
  {
    name: 'UTF-16, little end first, marked',
    document: Buffer.from(`\ufeff${head}`, 'utf16le'),
    answer: 'not_utf8',
  },
  { name: 'UTF-16, little end first', document: Buffer.from(head, 'utf16le'), answer: 'not_utf8' },
  {
    name: 'UTF-16, big end first',
    document: Buffer.from(head, 'utf16le').swap16(),
    answer: 'not_utf8',
  },
  { name: 'UTF-32', document: Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), answer: 'not_utf8' },
  {
    name: 'Latin-1',
    document: Buffer.from(head.replace('T,', 'Café,'), 'latin1'),
    answer: 'not_utf8',
  },
  {
    name: 'an overlong slash',
    document: Buffer.concat([Buffer.from(head), Buffer.from([0xc0, 0xaf])]),
    answer: 'not_utf8',
  },
  {
    name: 'a surrogate in UTF-8',
    document: Buffer.concat([Buffer.from(head), Buffer.from([0xed, 0xa0, 0x80])]),
    answer: 'not_utf8',
  },
  {
    name: 'a character cut off',
    document: Buffer.concat([Buffer.from(head), Buffer.from([0xe2, 0x82])]),
    answer: 'not_utf8',
  },
  {
    name: 'a lone surrogate, escaped',
    document: json('').replace('"T"', '"a\\ud800b"'),
    answer: 'stored',
  },
  { name: 'NUL in YAML', document: `${head}x-a: "\u0000"\n`, answer: 'control_character' },
  {
    name: 'an escape sequence of a terminal in YAML',
    document: `${head}x-a: \u001b[2J\n`,
    answer: 'control_character',
  },
  { name: 'NUL in JSON', document: json('"x-a":"\u0000"'), answer: 'not_parsable' },
  {
    name: 'NUL bytes only',
    document: Buffer.alloc(1e6),
    answer: ['control_character', 'not_utf8', 'not_parsable'],
  },
  { name: 'a form feed between', document: `${head}\f`, answer: 'control_character' },
  { name: 'nothing', document: '', answer: 'empty_document' },
  { name: 'blanks only', document: ' \n\t\r\n', answer: 'empty_document' },
  { name: 'a comment only', document: '# nothing\n', answer: 'empty_document' },
  {
    name: 'the start of a document only',
    document: '---\n',
    answer: ['empty_document', 'not_a_description'],
  },
  { name: 'a byte-order mark only', document: '\ufeff', answer: 'empty_document' },
  { name: 'a text', document: 'hello', answer: 'not_a_description' },
  { name: 'a number', document: '42', answer: 'not_a_description' },
  { name: 'null', document: 'null', answer: 'not_a_description' },
  { name: 'XML', document: '<?xml version="1.0"?><a/>', answer: 'not_parsable' },
]

const texts: Hostile[] = [
  {
    name: 'a title of 4 MB',
    document: json('').replace('"T"', `"${'t'.repeat(4e6)}"`),
    answer: 'stored',
  },
  {
    name: 'a title of 4 MB of blanks',
    document: json('').replace('"T"', `"${' '.repeat(4e6)}"`),
    answer: 'stored',
  },
  {
    name: 'a description of 1 MB of brackets',
    document: json('').replace('"T"', `"T","description":"${'['.repeat(1e6)}"`),
    answer: 'stored',
  },
  {
    name: 'a description of 1 MB of angle brackets',
    document: json('').replace('"T"', `"T","description":"${'<'.repeat(1e6)}"`),
    answer: 'stored',
  },
  {
    name: 'a description of 1 MB of stars',
    document: json('').replace('"T"', `"T","description":"${'*a '.repeat(3e5)}"`),
    answer: 'stored',
  },
  {
    name: 'a description of 1 MB of line breaks',
    document: json('').replace('"T"', `"T","description":"${'\\n'.repeat(5e5)}"`),
    answer: 'stored',
  },
  { name: 'a key of 1 MB', document: json(`"x-${'k'.repeat(1e6)}":1`), answer: 'stored' },
  { name: 'a wrong key of 1 MB', document: json(`"${'k'.repeat(1e6)}":1`), answer: 'invalid' },
  { name: 'a line of 4 MB', document: `${head}x-a: ${'a '.repeat(2e6)}\n`, answer: 'stored' },
  {
    name: 'a quoted line of 4 MB',
    document: `${head}x-a: "${'a '.repeat(2e6)}"\n`,
    answer: 'stored',
  },
  {
    name: 'quotes that never end',
    document: `${head}x-a: "${'a '.repeat(1e6)}`,
    answer: 'not_parsable',
  },
  {
    name: 'a million escaped quotes',
    document: `${head}x-a: "${'\\"'.repeat(1e6)}"\n`,
    answer: 'stored',
  },
  {
    name: 'a million backslashes',
    document: `${head}x-a: "${'\\\\'.repeat(1e6)}"\n`,
    answer: 'stored',
  },
  {
    name: 'a million backslashes that never end',
    document: `${head}x-a: "${'\\'.repeat(1e6 + 1)}"\n`,
    answer: 'not_parsable',
  },
  {
    name: 'a million single quotes',
    document: `${head}x-a: '${"''".repeat(1e6)}'\n`,
    answer: 'stored',
  },
  {
    name: '200,000 lines in quotes',
    document: `${head}x-a: "${'a\n  '.repeat(2e5)}"\n`,
    answer: 'stored',
  },
  {
    name: '200,000 lines of a plain text',
    document: `${head}x-a: ${'a\n  '.repeat(2e5)}\n`,
    answer: 'stored',
  },
  {
    name: '200,000 lines in a block',
    document: `${head}x-a: |\n${'  a\n'.repeat(2e5)}`,
    answer: 'stored',
  },
  {
    name: '200,000 lines folded',
    document: `${head}x-a: >\n${'  a\n\n'.repeat(1e5)}`,
    answer: 'stored',
  },
  {
    name: '200,000 blank lines in a block',
    document: `${head}x-a: |\n  a\n${'\n'.repeat(2e5)}  b\n`,
    answer: 'stored',
  },
  {
    name: 'an indent of half a megabyte',
    document: `${head}x-a: |\n${' '.repeat(5e5)}a\n`,
    answer: 'stored',
  },
  {
    name: 'tabs as indent',
    document: 'openapi: 3.0.3\ninfo:\n\ttitle: T\n',
    answer: 'not_parsable',
  },
  { name: 'a megabyte of tabs', document: `${head}x-a:${'\t'.repeat(1e6)}1\n`, answer: 'stored' },
  {
    name: 'a hundred thousand strings unclosed in JSON',
    document: '{"a'.repeat(1e5),
    answer: ['not_parsable', 'too_deep'],
  },
  {
    name: 'JSON with a comment',
    document: json('').replace('{', '{ // comment\n'),
    answer: 'not_parsable',
  },
  {
    name: 'JSON with a comma too many',
    document: json('').replace(/\}$/, ',}'),
    answer: ['stored', 'not_parsable'],
  },
  {
    name: 'JSON in single quotes, which is YAML',
    document: json('').replaceAll('"', "'"),
    answer: 'stored',
  },
  { name: 'JSON twice', document: `${json('')}${json('')}`, answer: 'not_parsable' },
  { name: 'JSON with something after', document: `${json('')} x`, answer: 'not_parsable' },
]

const tags: Hostile[] = [
  '!!python/object/apply:os.system',
  '!!js/function',
  '!ruby/object:Gem',
  '!<tag:yaml.org,2002:js>',
  '!!binary',
  '!!set',
  '!!omap',
  '!!timestamp',
  '!own',
  '!!merge',
].flatMap((tag) => [
  {
    name: `the tag ${tag} on a text`,
    document: `${head}x-a: ${tag} "a"\n`,
    answer: 'unsupported_tag' as const,
  },
  {
    name: `the tag ${tag} on a mapping`,
    document: `${head}x-a: ${tag} {a: 1}\n`,
    answer: 'unsupported_tag' as const,
  },
  {
    name: `the tag ${tag} on a sequence`,
    document: `${head}x-a: ${tag} [a]\n`,
    answer: 'unsupported_tag' as const,
  },
  {
    name: `the tag ${tag} on a key`,
    document: `${head}${tag} "x-a": 1\n`,
    answer: 'unsupported_tag' as const,
  },
])

const own: Hostile[] = [
  '!!str 1',
  '!!int 1',
  '!!float 1.5',
  '!!bool true',
  '!!null null',
  '!!map {a: 1}',
  '!!seq [1]',
  '! a',
].map((value) => ({
  name: `the tag of ${value}`,
  document: `${head}x-a: ${value}\n`,
  answer: 'stored' as const,
}))

/** Schemas that are checked twice a level, and lists that are compared each with each. */
const slow: Hostile[] = [
  {
    name: '9,000 values of an enum',
    document: schemas(`"a":{"enum":[${times(9000, (i) => `{"k":${i}}`, ',')}]}`),
    answer: 'stored',
  },
  {
    name: '60,000 values of an enum',
    document: schemas(`"a":{"enum":[${times(60_000, (i) => `"v${i}"`, ',')}]}`),
    answer: 'stored',
  },
  {
    name: '30,000 parameters',
    document: json('').replace(
      '"paths":{}',
      `"paths":{"/a":{"parameters":[${times(30_000, (i) => `{"name":"p${i}","in":"query","schema":{"type":"string"}}`, ',')}]}}`,
    ),
    answer: 'stored',
  },
  {
    name: '100,000 wrong keys',
    document: schemas(
      times(
        20,
        (i) =>
          `"s${i}":{"properties":{${times(500, (j) => `"p${j}":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10}`, ',')}}}`,
        ',',
      ),
    ),
    answer: 'invalid',
  },
  {
    name: 'a pattern of 100,000 brackets',
    document: schemas(`"a":{"pattern":"${'('.repeat(1e5)}"}`),
    answer: 'invalid',
  },
  {
    name: 'a pattern of 100,000 groups',
    document: schemas(`"a":{"pattern":"${'(a*)*'.repeat(1e5)}"}`),
    answer: 'invalid',
  },
  {
    name: 'a URL of 1 MB',
    document: json('').replace(
      '"1.0.0"',
      `"1.0.0","termsOfService":"http://a${'%20a.'.repeat(2e5)}"`,
    ),
    answer: ['stored', 'invalid'],
  },
  {
    name: 'a URL of 1 MB of colons',
    document: json('').replace('"1.0.0"', `"1.0.0","termsOfService":"${':'.repeat(1e6)}"`),
    answer: ['stored', 'invalid'],
  },
  {
    name: 'an address of 1 MB',
    document: json('').replace('"1.0.0"', `"1.0.0","contact":{"email":"${'a.'.repeat(5e5)}"}`),
    answer: ['stored', 'invalid'],
  },
  ...['2.6.0', '3.0.0'].map((version): Hostile => ({
    name: `AsyncAPI ${version} with schemas in each other`,
    document: `{"asyncapi":"${version}","info":{"title":"T","version":"1"},"channels":{},"components":{"schemas":{"a":${nest('{"type":"object","properties":{"a":', '{"type":"wrong"}', '}}')(27)}}}}`,
    answer: 'invalid',
  })),
  ...['2.6.0', '3.0.0'].map((version): Hostile => ({
    name: `AsyncAPI ${version} with choices in each other`,
    document: `{"asyncapi":"${version}","info":{"title":"T","version":"1"},"channels":{},"components":{"schemas":{"a":${nest('{"not":{"anyOf":[{"type":"string"},', '{"type":"wrong"}', ']}}')(18)}}}}`,
    answer: 'invalid',
  })),
  {
    name: 'OpenAPI with schemas in each other',
    document: schemas(`"a":${nest('{"oneOf":[{"type":"string"},', '{"type":"wrong"}', ']}')(28)}`),
    answer: 'invalid',
  },
]

/** Every hostile document. */
export const corpus: Hostile[] = [
  ...deep,
  ...shallow,
  ...bombs,
  ...many,
  ...references,
  ...special,
  ...texts,
  ...tags,
  ...own,
  ...slow,
]
