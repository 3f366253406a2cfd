// shows: A3
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anchorOf } from '../../src/gateway/continuing/anchor.ts'
import { Seam } from '../../src/gateway/continuing/seam.ts'

const texts = [
  'High tide in Tromsø is at 06:14 — 高潮 at dawn.\n\nBring boots, and mind the wet stones: they are slippery at low tide.',
  '1. Boots\n2. Rope\n\n```ts\nconst tide = (hours: number): number => {\n  return hours % 12\n}\n```\nThat is all.',
  '高潮は午前六時十四分です。濡れた石は滑りやすいので、長靴を履いて、気をつけて歩いてください。潮が引くのは正午ごろです。',
  'No.',
]

/** What is told behind what was said, where the next one comes in pieces of so many characters. */
function joined(said: string, next: string, prefilled: boolean, size: number): string {
  const seam = new Seam({ said, prefilled })
  let told = said
  for (let at = 0; at < next.length; at += size) told += seam.push(next.slice(at, at + size))
  return told + seam.end()
}

/** Not within a character. */
const cutsOf = (text: string): readonly number[] =>
  Array.from(text.matchAll(/./gsu), ({ index, 0: letter }) => index + letter.length)

test('wherever a text is cut, what goes on exactly there makes it whole', () => {
  for (const text of texts)
    for (const cut of cutsOf(text))
      for (const size of [1, 4, 1000]) {
        const said = text.slice(0, cut)
        assert.equal(joined(said, text.slice(cut), false, size), text)
        // A text that is handed over as a beginning has no space at its end.
        assert.equal(joined(said, text.slice(said.trimEnd().length), true, size), text)
      }
})

test('the last words, asked for, are left out, with the space around them as it was', () => {
  for (const text of texts)
    for (const cut of cutsOf(text))
      for (const size of [1, 4, 1000]) {
        const said = text.slice(0, cut)
        const next = text.slice(said.lastIndexOf(anchorOf(said)))
        assert.equal(joined(said, next, false, size), text)
        if (said.length > 20) assert.equal(joined(said, `\n${next}`, false, size), text)
      }
})

test('so are more words than were asked for, and the whole text where it begins anew', () => {
  const [text = ''] = texts
  for (const cut of cutsOf(text).filter((at) => at > 30))
    for (const from of [0, 5, 12])
      assert.equal(joined(text.slice(0, cut), text.slice(from), false, 3), text, `${cut} ${from}`)
})

test('one word that is said again where it would meet the other is left out, and none that is not', () => {
  assert.equal(
    joined('the wet stones are slippery', 'slippery at dawn', false, 3),
    'the wet stones are slippery at dawn',
  )
  assert.equal(joined('very', ' very wet', false, 3), 'very very wet')
  assert.equal(joined('a long way to the ban', 'ana tree', false, 3), 'a long way to the banana tree')
  assert.equal(
    joined('it takes one and a half and one', ' and a half', true, 3),
    'it takes one and a half and one and a half',
  )
})

test('the same words over and over come as often as they were said', () => {
  const said = 'ha '.repeat(200)
  const next = 'ha '.repeat(50)
  const anchor = anchorOf(said)
  assert.equal(joined(said, `${anchor} ${next}`, false, 7), said + next)
})

test('nothing that was said is ever taken back, whatever comes', () => {
  let seed = 7
  const random = (below: number): number => (seed = (seed * 16807) % 2147483647) % below
  for (let times = 0; times < 500; times += 1) {
    const letters = 'ab \n'
    const some = (length: number): string => Array.from({ length }, () => letters[random(4)]).join('')
    const [said, next] = [some(random(40)), some(random(40))]
    for (const prefilled of [false, true]) {
      const told = joined(said, next, prefilled, 1 + random(5))
      assert.ok(told.startsWith(said))
      assert.ok(next.trimStart() === '' || next.endsWith(told.slice(said.length).trimStart()))
      assert.equal(told, joined(said, next, prefilled, 1000))
    }
  }
})
