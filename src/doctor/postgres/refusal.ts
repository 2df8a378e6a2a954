/** Why a login failed. */
export interface Refusal {
  /** SQLSTATE, or a code of Node's or of the driver's. */
  code: string
  /** What the server said, if it was the server; holds no password. */
  text: string
}
