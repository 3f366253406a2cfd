// The reference in a real browser: by day, by night and on a telephone. .ci/doors installs what it needs and says where the server is.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [url, tools, executablePath] = process.argv.slice(2)
const require = createRequire(join(tools, 'package.json'))
const { chromium } = require('playwright-core')
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8')

const looks = {
  day: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  night: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  telephone: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
}

/** What the page says and asks for by itself. */
function listen(page) {
  const heard = []
  page.on('console', (message) => heard.push(message.text()))
  page.on('pageerror', (error) => heard.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) heard.push(request.url())
  })
  return heard
}

async function find(page, words) {
  await page.keyboard.press('/')
  await page.keyboard.type(words)
  const shown = await page.locator('article:visible').count()
  await page.keyboard.press('Escape')
  return shown
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  for (const [look, settings] of Object.entries(looks)) {
    const page = await browser.newPage(settings)
    const heard = listen(page)
    await page.goto(`${url}/reference#reminders.set`)
    const all = await page.locator('article:visible').count()
    assert.ok(all > 20, `${all} operations are shown`)
    assert.ok(await page.locator('article:target').isVisible())
    const some = await find(page, 'webhook 404')
    assert.ok(some > 0 && some < all, `${some} of ${all} are found`)
    assert.equal(await find(page, 'no such words'), 0)
    assert.equal(await page.locator('article:visible').count(), all)
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it is too wide')
    assert.deepEqual(heard, [])
    // What looks for faults is a script of ours, which the page's own policy keeps out.
    const seen = await browser.newPage({ ...settings, bypassCSP: true })
    await seen.goto(`${url}/reference`)
    await seen.evaluate(axe)
    const { violations } = await seen.evaluate(() => globalThis.axe.run())
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`),
      [],
      look,
    )
    console.log(`the reference by ${look}: ${all} operations, nothing found`)
  }
} finally {
  await browser.close()
}
