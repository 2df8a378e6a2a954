/** A database address that cannot be used: what is wrong and what to do, holding no part of the address. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
}
