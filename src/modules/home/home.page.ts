/** What the start page says, between the header and the end that all pages have. */
export const content = `
<div class="text">
<h1>Holdfast</h1>
<p>A place for descriptions of APIs, on a service that keeps its data.</p>
<ul class="ways">
<li><a href="/specs">Find an API description</a></li>
<li><a href="/login">Log in</a>, or <a href="/register">register</a></li>
<li><a href="/account">Your account</a>: password, sessions, API tokens</li>
<li><a href="/admin">Administration</a>: users, invites, announcements, audit log</li>
<li><a href="/docs">Read and try the API</a>, or get <a href="/openapi.json">its description</a> for programs</li>
<li><a href="/api/announcements">Announcements</a> and <a href="/health">health</a>, as JSON</li>
</ul>
<h2>Publish an API description</h2>
<p>With an API token from <a href="/account">your account</a>:</p>
<pre tabindex="0">curl -H 'Authorization: Bearer …' \\
  --data-binary @openapi.yaml \\
  …/api/specs</pre>
<p>OpenAPI, Swagger or AsyncAPI, as JSON or YAML. It gets a page of its own at <code>/specs/…</code></p>
<h2>Keep a copy of everything</h2>
<pre tabindex="0">curl -H 'Authorization: Bearer …' …/api/export &gt; backup.json</pre>
<h2>The first administrator</h2>
<p>It comes from <code>ADMIN_USERNAME</code> and <code>ADMIN_PASSWORD</code>, or from
<code>npm run holdfast -- user create --admin</code>, and lets everybody else in.</p>
</div>
`
