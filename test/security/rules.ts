/**
 * The rules of the service's security by their numbers, as the names of tests cite them: `(security 3.1.4)`. Each is
 * shown by at least one test.
 */
export const rules: Record<string, string> = {
  '3.1.1':
    'Tokens are 256 random bits; only their SHA-256 is kept; fixed keys are compared in constant time',
  '3.1.2': 'What ends access ends it on the next request, on every instance',
  '3.1.3':
    'Sessions end after a day without use and after 30 days; API tokens have an end, scopes, and are shown once',
  '3.1.4': 'A token of one kind is never taken for another',
  '3.1.5': 'A refused login tells nothing of who exists, neither in its words nor in its time',
  '3.1.6': 'Logins are limited by account and by address, without locking out who is logged in',
  '3.1.7':
    'The first administrator comes from the environment or the command line, once, and from no route',
  '3.1.8': 'A failed authentication ends the request, and never makes a guest',
  '3.1.9': 'Who somebody is comes from his token alone',
  '3.2': 'Passwords: their length, those that are refused, how they are kept',
  '3.3':
    'Every route declares who may call it; what is hidden is missing; what is checked is what is changed',
  '3.4':
    'Bodies and queries are held against closed schemas, in one media type, as well-formed text',
  '3.5': 'Lists filter and sort by what is allowed, in pages of 1 to 1000, by cursors of their own',
  '3.6': 'Invites and resets work once, for a while, for what they were made for',
  '3.7': 'Secrets at rest are sealed in their places, by keys that are known',
  '3.8': 'Exports hold no credential in the open, and imports raise nobody’s rights',
  '3.9': 'Every answer has the same headers; bodies, addresses and methods have their bounds',
}
