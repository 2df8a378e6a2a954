import createError from '@fastify/error'

export const JobRunningError = createError(
  'job_running',
  'The job %s is being run already, by %s since %s.',
  409,
)

export const JobNotFoundError = createError('job_not_found', 'There is no such job.', 404)

/** Another has taken the job over, since this run said nothing for too long. */
export const LeaseLostError = createError(
  'job_lost',
  'The run lasted longer than its lease, and another has taken over.',
  503,
)
