import { hash } from 'node:crypto'
import { version } from '../../platform/version.ts'
import { escape, icon } from './html.ts'
import type { Body } from './reply.ts'

export interface Reminder {
  readonly text: string
  /** An instant. */
  readonly next: string
  readonly zone: string | undefined
}

export type NextReminders =
  | {
      readonly type: 'reminders'
      /** Those that ring next, in order. */
      readonly nearest: readonly Reminder[]
      /** How many were looked through, when there are more. */
      readonly lookedThrough: 'all' | number
    }
  | { readonly type: 'unreadable' }

export interface HomePage {
  readonly status?: number
  readonly ready: boolean
  readonly notice?: string
  /** Undefined for whoever is not signed in. */
  readonly reminders: NextReminders | undefined
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
body { max-width: 40rem; margin: 0 auto; padding: 3rem 1.25rem; }
h1 { margin: 0; line-height: 1.2; } h2 { margin: 2.5rem 0 .5rem; font-size: 1.1rem; }
.state { opacity: .75; margin-top: .25rem; } .notice { border-left: .25rem solid #c2410c; padding-left: .75rem; }
ol { list-style: none; padding: 0; } li { padding: .6rem 0; border-top: 1px solid #8884; overflow-wrap: anywhere; }
time { display: block; opacity: .75; font-size: .9rem; }
input, button { font: inherit; padding: .45rem .75rem; border: 1px solid #8888; border-radius: .4rem; }
input { width: 100%; box-sizing: border-box; margin: .25rem 0 .75rem; }
code { font-size: .9em; }
`
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function homePage(page: HomePage): Body {
  const { status = 200, ready, notice, reminders } = page
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    headers: {
      'content-security-policy': policy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      // `no-referrer` would make browsers send "Origin: null" with our own forms.
      'referrer-policy': 'same-origin',
      vary: 'Cookie',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hearth</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
<main>
<h1>Hearth</h1>
<p class="state">Version ${escape(version)}, ${ready ? 'ready' : 'not ready: the database cannot be reached'}</p>
<p>A self-hosted home for AI agents. What happens in it is kept in one durable log. What it can do stands in the
<a href="/reference">reference</a>.</p>
${notice === undefined ? '' : `<p class="notice" role="alert">${escape(notice)}</p>`}
${reminders === undefined ? signInForm : `${listOf(reminders)}${signOutForm}`}
</main>
</html>
`,
  }
}

const signInForm = `<h2>Sign in</h2>
<p>Follow the link that the server printed when it started, or give the owner's key, which the server keeps in
<code>owner.key</code> in its data folder.</p>
<form method="post" action="/sign-in">
<label>Key <input type="password" name="key" required autocomplete="current-password"></label>
<button>Sign in</button>
</form>`

const signOutForm = `<form method="post" action="/sign-out"><button>Sign out</button></form>`

function listOf(reminders: NextReminders): string {
  const title = '<h2>Next reminders</h2>'
  if (reminders.type === 'unreadable') return `${title}\n<p>They cannot be read at the moment.</p>`
  const { nearest, lookedThrough } = reminders
  if (nearest.length === 0) return `${title}\n<p>None.</p>`
  const items = nearest.map(
    ({ text, next, zone }) =>
      `<li>${escape(text)} <time datetime="${escape(next)}">${escape(readable(next, zone))}</time></li>`,
  )
  const count = lookedThrough.toLocaleString('en-GB')
  const bound = `<p>These are the next of the first ${count} that were set; there are more.</p>`
  return `${title}\n<ol>\n${items.join('\n')}\n</ol>${lookedThrough === 'all' ? '' : `\n${bound}`}`
}

function readable(instant: string, zone = 'UTC'): string {
  try {
    const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone: zone })
    return `${format.format(new Date(instant))} (${zone})`
  } catch (error) {
    // A zone that this version of Node does not know.
    if (!(error instanceof RangeError)) throw error
    return instant
  }
}
