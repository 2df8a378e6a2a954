const day = 24 * 60 * 60 * 1000

/** Milliseconds after which a session ends: since its last use, and since its beginning. */
export const sessionLifetime = { idle: day, absolute: 30 * day }
