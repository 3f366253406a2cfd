// shows: A1
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallText } from '../../../src/providers/gguf/child/call-text.ts'
import { Speech } from '../../../src/providers/gguf/child/speech.ts'
import type { Said } from '../../../src/providers/gguf/words.ts'

/** Every way to cut a text into three. */
function* cuts(text: string): Generator<readonly string[]> {
  for (let one = 0; one <= text.length; one += 1)
    for (let two = one; two <= text.length; two += 1) yield [text.slice(0, one), text.slice(one, two), text.slice(two)]
}

test('a mark is found however a text is cut, and nothing of it is told', () => {
  const text = 'ab<stoab<stop>cd'
  for (const pieces of cuts(text)) {
    const speech = new Speech(['<stop>', '<other>'])
    let told = ''
    let rest: string | undefined
    for (const piece of pieces) {
      if (rest !== undefined) rest += piece
      else {
        const heard = speech.push(piece)
        told += heard.text
        rest = heard.met?.rest
      }
    }
    assert.deepEqual([told, rest], ['ab<stoab', 'cd'], JSON.stringify(pieces))
  }
})

test('of several marks the first counts, and what only looks like the beginning of one is told in the end', () => {
  const speech = new Speech(['bc', 'b', 'a'])
  assert.deepEqual(speech.push('xbc'), { text: 'x', met: { mark: 'bc', rest: '' } })
  const other = new Speech(['<stop>', ''])
  assert.deepEqual([other.push('so <sto').text, other.end(), other.end()], ['so ', '<sto', ''])
})

const whole = (all: readonly Said[]) => {
  const calls: { name: string; input: string; ended: boolean }[] = []
  for (const said of all) {
    if (said.type === 'call') calls.push({ name: said.name, input: '', ended: false })
    const last = calls.at(-1)
    if (said.type === 'input' && last !== undefined) last.input += said.text
    if (said.type === 'called' && last !== undefined) last.ended = true
  }
  return calls
}

test('calls are taken apart however their text is cut', () => {
  const first = '{"place": "a \\" } ]", "list": [{"x": 1}, []]}'
  const text = ` {"name": "get \\"it\\"", "arguments": ${first}} </tool_call>\n<tool_call>{"name":"b","arguments":{}}</tool_call>`
  for (const pieces of cuts(text)) {
    const calls = new CallText()
    const said = pieces.flatMap((piece) => calls.push(piece))
    assert.deepEqual(
      whole(said),
      [
        { name: 'get "it"', input: first, ended: true },
        { name: 'b', input: '{}', ended: true },
      ],
      JSON.stringify(pieces),
    )
    assert.equal(calls.whole, 2)
  }
})

test('a call that is cut off has begun and has not ended', () => {
  const calls = new CallText()
  assert.equal(calls.begun, false)
  const said = calls.push('{"name": "b", "arguments": {"place": "Osl')
  assert.deepEqual(whole(said), [{ name: 'b', input: '{"place": "Osl', ended: false }])
  assert.deepEqual([calls.begun, calls.whole], [true, 0])
})
