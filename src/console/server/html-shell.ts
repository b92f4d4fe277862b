import { html } from 'hono/html'

/** The page before its script runs. It has no data in it; `session` is the key of the session that its link opened. */
export function htmlShell({ stage, session }: { stage: string; session?: string | undefined }): string {
  const key = session !== undefined && html`<meta name="session" content="${session}">\n`
  return page(
    `Tourbillon · ${stage}`,
    html`<meta name="stage" content="${stage}">
${key}<script type="module" src="/page.js"></script>
`,
    html`<div id="app"><noscript><p>The console is a script: allow JavaScript for this address, and load it again. Every view
is a command too: <code>npx aws-tourbillon --help</code>.</p></noscript></div>`,
  )
}

/** Where a link does not open the console: used already, mistyped, or of a console that has ended. */
export function usedLinkPage({ stage }: { stage: string }): string {
  return page(
    'This link does not open the console · Tourbillon',
    '',
    html`<main>
<h1>This link does not open the console of ${stage}</h1>
<p>Each link works once. The terminal in which <code>npx aws-tourbillon console</code> runs shows the newest: open that one.</p>
<p>If this tab had the console open before, <a href="/">go on there</a>.</p>
</main>`,
  )
}

function page(title: string, head: unknown, body: unknown): string {
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page.css">
${head}</head>
<body>
${body}
</body>
</html>
`)
}
