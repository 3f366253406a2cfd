/** Of the reference alone. */
export const style = `
:root { color-scheme: light dark; font: 1rem/1.55 system-ui, sans-serif; --line: light-dark(#d8d4cf, #45413c); --soft: light-dark(#5f5a54, #b3ada6);
  --ground: light-dark(#fff, #191715); --raised: light-dark(#f5f3f0, #24211e); --mark: light-dark(#b03a07, #ff9a5c); }
body { margin: 0; background: var(--ground); color: light-dark(#1d1b19, #eeeae5); }
a { color: var(--mark); } h1 a, h3 a, nav a { text-decoration: none; } a:hover { text-decoration: underline; }
:focus-visible { outline: .18rem solid var(--mark); outline-offset: .15rem; border-radius: .2rem; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: .5rem; top: .5rem; z-index: 2; background: var(--ground); padding: .5rem; }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: center; padding: .6rem 1.25rem;
  background: var(--ground); border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.25rem; } h1 span { font-weight: normal; font-size: 1rem; color: var(--soft); }
.find { margin: 0; flex: 1 1 16rem; display: flex; gap: .6rem; align-items: center; } .find[hidden] { display: none; }
input { font: inherit; flex: 1; max-width: 24rem; min-width: 0; padding: .3rem .6rem; border: 1px solid var(--soft); border-radius: .4rem; background: var(--ground); color: inherit; }
output { color: var(--soft); white-space: nowrap; }
.columns { display: grid; grid-template-columns: 14rem minmax(0, 50rem); gap: 2rem; padding: 0 1.25rem; }
nav { position: sticky; top: 3.5rem; max-height: calc(100vh - 3.5rem); overflow-y: auto; padding: .5rem .25rem 2rem; }
nav h2 { font-size: 1rem; margin: .75rem 0 .1rem; } nav ul { list-style: none; margin: 0; padding: 0 0 0 .75rem; } nav li { line-height: 1.7; }
main { padding-bottom: 6rem; } section > h2 { margin: 2.5rem 0 0; font-size: 1.5rem; border-bottom: 1px solid var(--line); }
article, section { scroll-margin-top: 4.5rem; } article { padding: .5rem 0 1rem; } article:target > h3 { border-left: .3rem solid var(--mark); padding-left: .6rem; }
h3 { margin: 1.25rem 0 .25rem; font-size: 1.2rem; } h4 { margin: 1rem 0 .35rem; font-size: 1rem; } article > p { margin: .35rem 0; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
pre { background: var(--raised); padding: .6rem .8rem; border-radius: .4rem; overflow-x: auto; margin: .4rem 0; font-size: .9rem; } pre code { font-size: 1em; overflow-wrap: normal; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; } .facts span { color: var(--soft); }
.facts .consequence { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; color: inherit; font-size: .9rem; }
.facts .send, .facts .spend, .facts .destroy { border-color: var(--mark); color: var(--mark); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); font-weight: normal; }
thead th { color: var(--soft); font-size: .85rem; } small { color: var(--soft); } [data-gone] { display: none; }
@media (max-width: 52rem) { .columns { display: block; } nav { position: static; max-height: none; columns: 2; padding: .5rem 0 0; border-bottom: 1px solid var(--line); }
  nav h2 { break-after: avoid; } header { position: static; } article, section { scroll-margin-top: .5rem; } }
@media print { nav, .find { display: none; } .columns { display: block; } header { position: static; } }
`

/** Hides what does not hold the words that are looked for. `/` goes to the field, Escape empties it. */
export const script = `
const field = document.getElementById('find')
const found = document.getElementById('found')
const all = [...document.querySelectorAll('article')].map((article) => ({ article, text: article.textContent.toLowerCase() }))
const links = new Map([...document.querySelectorAll('nav li')].map((item) => [item.dataset.of, item]))
const show = (element, isShown) => element.toggleAttribute('data-gone', !isShown)
const find = () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean)
  let count = 0
  for (const { article, text } of all) {
    const isMatch = words.every((word) => text.includes(word))
    if (isMatch) count += 1
    show(article, isMatch)
    const link = links.get(article.id)
    if (link) show(link, isMatch)
  }
  for (const area of document.querySelectorAll('.area')) show(area, area.querySelector('article:not([data-gone])') !== null)
  for (const list of document.querySelectorAll('nav ul')) {
    const isShown = list.querySelector('li:not([data-gone])') !== null
    show(list, isShown)
    show(list.previousElementSibling, isShown)
  }
  show(document.querySelector('.introduction'), words.length === 0)
  found.value = words.length === 0 ? '' : count === 1 ? '1 found' : count + ' found'
}
field.closest('p').hidden = false
field.addEventListener('input', () => {
  find()
  scrollTo(0, 0)
})
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== field && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault()
    field.focus()
  }
  if (event.key === 'Escape' && document.activeElement === field) {
    field.value = ''
    find()
  }
})
addEventListener('hashchange', () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!target?.closest('[data-gone]')) return
  field.value = ''
  find()
  target.scrollIntoView()
})
`
