import { hash } from 'node:crypto'
import { escape, icon } from '../html.ts'
import type { Body } from '../reply.ts'
import { script, style } from './assets.ts'
import type { ErrorEntry, Example, Field, OperationEntry, Reference } from './model.ts'

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  `script-src 'sha256-${hash('sha256', script, 'base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Every operation on one page, which loads nothing and reads without its script too. */
export function referencePage(reference: Reference): Body {
  const { version, areas } = reference
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    headers: {
      'content-security-policy': policy,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'same-origin',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hearth: reference</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1><a href="/">Hearth</a> <span>reference, version ${escape(version)}</span></h1>
<p class="find" hidden><label for="find">Find</label> <input type="search" id="find" placeholder="remind, webhook, 409 …" autocomplete="off" spellcheck="false">
<output for="find" id="found"></output></p>
</header>
<div class="columns">
<nav aria-label="Operations">
${areas.map(({ name, operations }) => navOf(name, operations)).join('\n')}
<h2><a href="#errors">errors</a></h2>
</nav>
<main id="operations">
${introduction}
${areas.map(({ name, operations }) => sectionOf(name, operations)).join('\n')}
${errorsOf(reference)}
</main>
</div>
<script>${script}</script>
</html>
`,
  }
}

const introduction = `<section class="introduction">
<h2>How to call</h2>
<p>Each operation can be called at <code>POST /api/v1/call/&lt;operation&gt;</code> with its input as a JSON body, and at the path that stands beside
its name, where fields named in the path are taken from it and those of a GET or DELETE from the query. Both give the same answer.</p>
<ul>
<li>Send the key as <code>Authorization: Bearer &lt;key&gt;</code>. Each operation says which scope the key needs.</li>
<li><code>Idempotency-Key</code>, up to 200 visible characters: the same key again within 8 days gets the first answer.</li>
<li>Lists answer <code>items</code> and <code>next</code>; give <code>next</code> as <code>after</code> to get the next page, until it is null.</li>
<li>An answer says in <code>Hearth-Position</code> where the log stood; a read that sends it back sees at least that.</li>
<li>Refusals are <code>application/problem+json</code> with a stable <a href="#errors"><code>code</code></a>.</li>
<li>The same for programs: <a href="/openapi.json">OpenAPI 3.1</a>. Calls and watches on one connection: WebSocket at <code>/api/v1/live</code>.</li>
</ul>
<p>The consequence says what an operation can do to the world: <em>read</em> nothing, <em>own</em> what is the caller's, <em>shared</em> what
others see, <em>send</em> something out, <em>spend</em> money, <em>destroy</em> for good.</p>
</section>`

const navOf = (
  area: string,
  operations: readonly OperationEntry[],
): string => `<h2><a href="#${area}">${escape(area)}</a></h2>
<ul>${operations.map(({ name }) => `<li data-of="${escape(name)}"><a href="#${escape(name)}">${escape(name.slice(area.length + 1))}</a></li>`).join('')}</ul>`

const sectionOf = (
  area: string,
  operations: readonly OperationEntry[],
): string => `<section class="area" id="${escape(area)}">
<h2>${escape(area)}</h2>
${operations.map(articleOf).join('\n')}
</section>`

function articleOf(entry: OperationEntry): string {
  const { name, summary, method, path, permission, consequence, input, output, examples, errors } = entry
  return `<article id="${escape(name)}">
<h3><a href="#${escape(name)}">${escape(name)}</a></h3>
<p>${escape(summary)}</p>
<p class="facts"><code><b>${method}</b> ${escape(path)}</code> <span>scope <code>${escape(permission)}</code></span>
<span class="consequence ${escape(consequence)}">${escape(consequence)}</span></p>
${fieldsOf('Input', name, input)}
${fieldsOf('Output', name, output)}
${examples.map((example) => exampleOf(example, name)).join('\n')}
${errors.length === 0 ? '' : `<h4>Refusals of its own</h4>\n${errorTable(errors, `Refusals of ${name}`)}`}
</article>`
}

const presence = { Input: ['required', 'optional'], Output: ['always', 'may be absent'] } as const

function fieldsOf(title: keyof typeof presence, operation: string, fields: readonly Field[]): string {
  if (fields.length === 0) return `<h4>${title}</h4>\n<p>None.</p>`
  const rows = fields.map(
    ({ name, type, required, about }) =>
      `<tr><th scope="row"><code>${escape(name)}</code></th><td>${escape(type)}${about === '' ? '' : `<br><small>${escape(about)}</small>`}</td><td>${presence[title][required ? 0 : 1]}</td></tr>`,
  )
  return `<h4>${title}</h4>
${table(`${title} of ${operation}`, ['Field', 'Type', 'Presence'], rows)}`
}

const exampleOf = ({ title, curl, command }: Example, name: string): string => `<h4>Example: ${escape(title)}</h4>
<pre tabindex="0" aria-label="${escape(`${title}, with the command, of ${name}`)}"><code>${escape(command)}</code></pre>
<pre tabindex="0" aria-label="${escape(`${title}, with curl, of ${name}`)}"><code>${escape(curl)}</code></pre>`

function errorsOf({ errors, common }: Reference): string {
  const [ofCalls, others] = [
    errors.filter(({ code }) => common.has(code)),
    errors.filter(({ code }) => !common.has(code)),
  ]
  return `<section class="area" id="errors">
<h2>errors</h2>
<article id="errors-of-every-call">
<h3><a href="#errors-of-every-call">Of every call</a></h3>
${errorTable(ofCalls, 'Errors of every call')}
</article>
<article id="other-errors">
<h3><a href="#other-errors">Of single operations and other paths</a></h3>
${errorTable(others, 'Errors of single operations')}
</article>
</section>`
}

const errorTable = (errors: readonly ErrorEntry[], label: string): string =>
  table(
    label,
    ['Code', 'Status', 'What it means'],
    errors.map(
      ({ code, status, title, later }) =>
        `<tr><th scope="row"><code>${escape(code)}</code></th><td>${status}</td><td>${escape(title)}${later ? '; worth trying again later' : ''}</td></tr>`,
    ),
  )

/** What is too wide for a telephone is moved sideways, by the keys as well. */
const table = (
  label: string,
  heads: readonly string[],
  rows: readonly string[],
): string => `<div class="wide" role="region" tabindex="0" aria-label="${escape(label)}"><table>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>`
