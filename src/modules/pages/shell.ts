import { pagePolicy } from '../../plugins/security.ts'

/** Beyond what other pages may: no text ever becomes markup or script, whatever the code does. */
export const shellPolicy = `${pagePolicy}; require-trusted-types-for 'script'; trusted-types 'none'`

interface Shell {
  title: string
  /** The address of its style, and of its script where it has one. */
  style: string
  script?: string
  /** What the service takes registrations by. */
  registration?: string
  content?: string
}

/** A page of the service. What it shows of people, its script asks the API for, with the reader's session. */
export function shell({ title, style, script, registration, content = noScript }: Shell): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style}">${script === undefined ? '' : `\n<script type="module" src="${script}"></script>`}
</head>
<body${registration === undefined ? '' : ` data-registration="${registration}"`}>
<a class="skip" href="#main">To the content</a>
<header class="site">
<nav aria-label="Holdfast">
<a href="/">Holdfast</a>
<a href="/specs">Specs</a>
<a href="/docs">The service’s API</a>
<span id="people">${script === undefined ? '<a href="/account">Account</a>' : ''}</span>
</nav>
</header>
<main id="main" tabindex="-1">${content}</main>
<p id="status" role="status"></p>
</body>
</html>
`
}

const noScript = '<noscript><p>This page needs JavaScript.</p></noscript>'
