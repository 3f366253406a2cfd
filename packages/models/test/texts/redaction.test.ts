// shows: H2
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Redaction } from '../../src/texts/redaction/redact.ts'
import { redactTree } from '../../src/texts/redaction/tree.ts'
import { chanceOf, kinds, oneOf, surrounded } from './planted.ts'

const redaction = new Redaction()
const rounds = 450

describe('what is planted does not come out', () => {
  for (const [kind, plant] of Object.entries(kinds)) {
    it(`${kind}, in a text`, () => {
      const chance = chanceOf(kind.length * 7919)
      for (let round = 0; round < rounds; round += 1) {
        const [planted, secret] = plant(chance)
        const text = surrounded(chance, planted)
        assert.ok(!redaction.text(text).includes(secret), `${round}: ${text} -> ${redaction.text(text)}`)
      }
    })

    it(`${kind}, cut in two by parts of a message`, () => {
      const chance = chanceOf(kind.length * 104_729)
      for (let round = 0; round < rounds / 3; round += 1) {
        const [planted, secret] = plant(chance)
        const text = surrounded(chance, planted)
        const cut = text.indexOf(planted) + chance(planted.length + 1)
        const parts = [text.slice(0, cut), text.slice(cut)].map((one) => ({ type: 'text', text: one }))
        const { content } = redactTree({ content: parts }, redaction) as { readonly content: typeof parts }
        const whole = content.map((part) => part.text).join('')
        assert.ok(!whole.includes(secret), `${round}: ${JSON.stringify(parts)} -> ${whole}`)
      }
    })

    it(`${kind}, in arguments of tools, however often they are JSON`, () => {
      const chance = chanceOf(kind.length * 1_299_709)
      for (let round = 0; round < rounds / 3; round += 1) {
        const [planted, secret] = plant(chance)
        const value = { deep: [{ note: surrounded(chance, planted), [planted]: 1 }] }
        const escaped = JSON.stringify(value).replace(/[@:/+]/g, (one) =>
          oneOf(chance, [true, false]) && one === '@' ? '\\u0040' : one,
        )
        const args = oneOf(chance, [escaped, JSON.stringify({ body: escaped }), escaped.slice(0, -2)])
        const redacted = JSON.stringify(redactTree({ arguments: args }, redaction))
        assert.ok(!redacted.includes(JSON.stringify(secret).slice(1, -1)), `${round}: ${args} -> ${redacted}`)
      }
    })
  }
})

const same = (text: string): void => assert.equal(redaction.text(text), text)

describe('what is found', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Write to ann@example.com.', 'Write to [e-mail].'],
    ['我的邮箱是ann@example.com谢谢', '我的邮箱是[e-mail]谢谢'],
    ['ann (at) example (dot) com', '[e-mail]'],
    ['ann[@]example[.]com, ann @ example.com', '[e-mail], [e-mail]'],
    ['8 (495) 123-45-67, (11) 91234-5678, 13800138000', '[phone], [phone], [phone]'],
    ['curl -u admin:Hunter2pass https://x', 'curl -u admin:[password] https://x'],
    ['Set-Cookie: session=abcdef0123456789; Path=/', 'Set-Cookie: [token]'],
    ['PIN 4821, CVV: 123', 'PIN [password], CVV: [password]'],
    ["my pw's hunter2", "my pw's [password]"],
    ['4111 1111 1111 1111 12/27 123', '[card] 12/27 123'],
    ['4\u200b111 1111 1111 1111', '[card]'],
    ['DE89 3704 0044 0532 0130 00, BIC X', '[iban], BIC X'],
    ['GB82 WEST 1234 5698 7654 33', 'GB82 WEST 1234 5698 7654 33'],
    ['ping 10.1.2.3 and fe80::1', 'ping [ip] and [ip]'],
    ['https://ann:s3cret@host/x', 'https://[password]@host/x'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE', '[private key]'],
    ['{"password": "correct horse"}', '{"password": "correct horse"}'],
    ['DB_PASSWORD=hunter22', 'DB_PASSWORD=[password]'],
  ]
  for (const [text, expected] of cases)
    it(text.replaceAll('\n', ' '), () => assert.equal(redaction.text(text), expected))

  it('by the name of its field, as a number, and as a name', () => {
    const value = { password: 'correct horse', card: 4_111_111_111_111_111, 'ann@example.com': 1, maxTokens: 5 }
    assert.deepEqual(redactTree(value, redaction), {
      password: '[password]',
      card: '[card]',
      '[e-mail]': 1,
      maxTokens: 5,
    })
  })

  it('by the names of fields that say what they hold', () => {
    const value = {
      phone: 491_712_345_678,
      mobile_number: '5551234567',
      headers: [{ name: 'X-Api-Key', value: 'letmein' }],
      name: 'Ann',
      value: 'stays',
    }
    assert.deepEqual(redactTree(value, redaction), {
      phone: '[phone]',
      mobile_number: '[phone]',
      headers: [{ name: 'X-Api-Key', value: '[password]' }],
      name: 'Ann',
      value: 'stays',
    })
  })

  it('in a part alone, where what follows would hide it', () => {
    assert.deepEqual(redaction.joined(['key AKIAIOSFODNN7EXAMPLE', 'and more']), ['key [token]', 'and more'])
    assert.deepEqual(redaction.joined(['ann@exa', 'mple.com', ' x']), ['[e-mail]', '', ' x'])
  })
})

describe('what looks alike stays', () => {
  const kept = [
    'git@github.com:hearth/hearth.git and @types/node@20.1.0',
    'v1.2.3.4, 127.0.0.1:5432, 12:30:45, std::abs(x), a::b',
    'const apiKey = process.env.API_KEY; const token = await getToken()',
    'The password is required. Your token is missing. Reset the password here.',
    'type User = { password: string; token: string | null }',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '550e8400-e29b-41d4-a716-446655440000',
    '2026-11-29T01:30:46.123Z, 29/11/2026, 1,234,567.89, 1764379846123',
    'ISBN 0-306-40615-2, π = 3.14159265358979, 0123456789',
    'for (let i = 0; i < 100; i++) sum += values[i] * 0x7fffffff',
    '4111 1111 1111 1112 is no number of a card',
    'https://example.com:8080/a@b?x=1#y',
    'She paid $1,299.00 on 03.04.2025 and 12 % more in 2026; 15 × 20 = 300, 1/2, 7:30 pm, 555-1234.',
    'Er kam am 24.12.2024 um 18.30 Uhr, zahlte 1.250,50 € und ging (Seite 12–14, Absatz 3).',
    'Le 14 juillet 1789, 10 000 personnes ; 3,14 ; n° 42 ; 75011 Paris.',
    '2026年11月29日、東京の気温は12.5度でした。参加者は1,024人。',
    'В 1812 году, 26 августа, было 250 000 человек; см. стр. 100—120.',
    'select id, count(*) from orders where at between 1700000000 and 1700086400 group by 1',
    'diff --git a/x.ts b/x.ts\n@@ -10,7 +10,7 @@\n-const a = 1\n+const a = 12345',
    '#include <std::vector>\nauto f = [&](int a) { return a::b(c->d, *e); };',
    'git rev-parse 5a17c45b7a1d7f2c9f0b6a5e4d3c2b1a09876543 && npm ci --ignore-scripts',
    'rgba(255, 128, 0, 0.5); margin: 0 10px 20px 30px; width: calc(100% - 20px)',
    '{"max_tokens":4096,"temperature":0.7,"seed":1234567890,"top_p":1}',
    'On 2025-01-15T10:00:00+01:00 build 20250115.3 took 1234567 ms (pid 40213).',
    '@Component class A { @Input() name: string } // @see Foo#bar, @param x',
    'Chapter 10.1.2 explains it; figures 3.2.1 to 3.2.9; order 4711-0815-42.',
    'f(x) = 2x + 31415926 and y = -27182818; 0x1F600; 1e-9; 10^-34',
    'func (s *Server) token() string { return s.secret.Value() }',
    'export PATH=$HOME/bin:$PATH; cp a.txt b.txt; ls -la /usr/local/lib64',
    'The secret of good soup: time. The password, as he said, is nothing.',
    'Use Bearer authentication. Basic auth is off. The API key is read from the environment.',
    'See RFC 9110, section 15.5.1; 192.168 is a prefix; 1.2.3 is a version.',
  ]
  for (const text of kept) it(text, () => same(text))
})
