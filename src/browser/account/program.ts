// The order matters: nearly all of them also call themselves by the names below theirs.
const browsers = [
  [/\bEdg/, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const

const systems = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
] as const

const longest = 40

/** A program in a few words, by what it calls itself (User-Agent): enough to know one's own again. */
export function programOf(client: string | null): string {
  if (client === null || client === '') return 'an unnamed program'
  const browser = browsers.find(([pattern]) => pattern.test(client))?.[1]
  const system = systems.find(([pattern]) => pattern.test(client))?.[1]
  if (browser === undefined) return client.slice(0, longest)
  return system === undefined ? browser : `${browser} on ${system}`
}
