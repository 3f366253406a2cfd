// shows: H2
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redaction } from '../../src/texts/redaction/redact.ts'
import { redactTree } from '../../src/texts/redaction/tree.ts'

const redaction = new Redaction()

test('passwords are found where programs look for them, also those without a digit', () => {
  for (const [text, secret] of [
    ['export DB_PASSWORD=correcthorsebattery', 'correcthorsebattery'],
    ['spring:\n  datasource.password: correcthorsebattery\n', 'correcthorsebattery'],
    ['<password>hunter2!</password>', 'hunter2!'],
    ['<add key="Smtp.Password" value="hunter2!" />', 'hunter2!'],
    ['machine example.com login ann password hunter22', 'hunter22'],
    ['mysql -u root -ps3cr3tpw shop', 's3cr3tpw'],
    ['user: ann, pass: hunter2!', 'hunter2!'],
    ['the password for the database is hunter2!', 'hunter2!'],
  ] as const)
    assert.ok(!redaction.text(text).includes(secret), redaction.text(text))
  for (const text of [
    'interface Login {\n  password: string\n  token: Promise<string>\n}',
    'TOKEN=$TOKEN npm publish',
    'They pass: all of them.',
    'password: required',
    '<token></token>',
  ])
    assert.equal(redaction.text(text), text)
})

test('numbers of cards are found in tables and with other signs between them', () => {
  for (const sign of ['\t', '_', '/', ' - ', ' | '])
    assert.equal(redaction.text(`card ${['4111', '1111', '1111', '1111'].join(sign)}.`), 'card [card].')
})

test('what a field is called counts for numbers and lists too', () => {
  const value = { password: 12_345_678, pin: 1234, api_keys: ['abcdef'], tokens: ['word'], max_tokens: 10 }
  assert.deepEqual(redactTree(value, redaction), {
    password: '[password]',
    pin: '[password]',
    api_keys: ['[password]'],
    tokens: ['word'],
    max_tokens: 10,
  })
})
