// oxlint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

/** Tells whether text is well-formed Unicode without control characters other than tab and line breaks. */
export function isPlainText(text: string): boolean {
  return !control.test(text) && text.isWellFormed()
}
