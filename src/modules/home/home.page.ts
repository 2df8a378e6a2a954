export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast</title>
<link rel="stylesheet" href="/style.css">
<main>
  <h1>Holdfast</h1>
  <p>This service keeps its data. It speaks JSON over HTTP.</p>
  <ul>
    <li><a href="/specs">Find an API description</a></li>
    <li><a href="/docs">Read and try the API</a></li>
    <li><a href="/openapi.json">Its description, for programs</a></li>
    <li><a href="/api/announcements">Announcements</a></li>
    <li><a href="/health">How it is doing</a></li>
  </ul>
  <h2>Log in</h2>
  <pre>curl -H 'Content-Type: application/json' \\
  -d '{"username":"…","password":"…"}' \\
  …/api/auth/login</pre>
  <p>The first administrator comes from <code>ADMIN_USERNAME</code> and <code>ADMIN_PASSWORD</code>, or from
  <code>npm run holdfast -- user create --admin</code>.</p>
  <h2>Publish an API description</h2>
  <pre>curl -H 'Authorization: Bearer …' \\
  --data-binary @openapi.yaml \\
  …/api/specs</pre>
  <p>OpenAPI, Swagger or AsyncAPI, as JSON or YAML. It gets a page of its own at <code>/specs/…</code></p>
  <h2>Keep a copy of everything</h2>
  <pre>curl -H 'Authorization: Bearer …' …/api/export &gt; backup.json</pre>
</main>
</html>
`

export const style = `:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif }
main { max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
h1 { font-size: 2rem; margin-bottom: 0 }
h2 { font-size: 1.15rem; margin-top: 2rem }
pre { overflow-x: auto; padding: 0.8rem 1rem; border-radius: 0.5rem; background: #8882 }
a { color: LinkText }
`
