import createError from '@fastify/error'

export const IdempotencyKeyReusedError = createError(
  'idempotency_key_reused',
  'This Idempotency-Key was used for another request; take a new one.',
  422,
)

export const InvalidKeyError = createError(
  'invalid_idempotency_key',
  'Idempotency-Key is 1 to 255 visible ASCII characters.',
  400,
)
