// shows: A2, A15
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCatalog, type CatalogData, type ModelFacts, type OwnVersion } from '../../src/catalog/index.ts'

const model = (provider: string, id: string, more: Partial<ModelFacts> = {}): ModelFacts => ({
  provider,
  id,
  type: 'chat',
  known: true,
  context: 100_000,
  prices: { input: 2, output: 8 },
  ...more,
})
const base: CatalogData = {
  date: '2026-01-02',
  source: 'a test',
  models: [
    model('acme', 'swift', { aliases: ['swift-latest-stable'], can: { tools: true, images: false } }),
    model('acme', 'grand-2026-03-20', { context: 2 }),
    model('acme', 'grand-2026-01-10', { context: 1 }),
    model('acme', 'ft:swift-2025'),
    model('depot', 'swift', { prices: { input: 3, output: 9 } }),
    model('depot', 'maker/heavy'),
  ],
}
const plain = createCatalog(base)
const ids = (models: readonly ModelFacts[]): readonly string[] => models.map(({ provider, id }) => `${provider}/${id}`)

describe('looking a model up', () => {
  it('finds it by provider and id, by id alone at all who have it, and by alias', () => {
    assert.equal(plain.facts('acme', 'swift'), base.models[0])
    assert.deepEqual(ids(plain.find('acme/swift')), ['acme/swift'])
    assert.deepEqual(ids(plain.find('swift')), ['acme/swift', 'depot/swift'])
    assert.deepEqual(ids(plain.find('swift-latest-stable')), ['acme/swift'])
    assert.deepEqual(ids(plain.find('maker/heavy')), ['depot/maker/heavy'])
    assert.equal(plain.facts('acme', 'swift-latest-stable'), base.models[0])
    assert.deepEqual(plain.find('nothing'), [])
  })

  it('gives a snapshot that it does not have the facts of its family, under its own name', () => {
    for (const id of [
      'swift-2026-05-06',
      'swift-20260506',
      'swift-0506',
      'swift-05-2026',
      'swift@20260506',
      'swift-latest',
    ]) {
      const facts = plain.facts('acme', id)
      assert.deepEqual([facts.id, facts.family, facts.known, facts.prices?.input], [id, 'swift', true, 2], id)
    }
    assert.equal(plain.facts('acme', 'swift-2').known, false)
    assert.equal(plain.facts('acme', 'swiftly').known, false)
  })

  it('gives a family the facts of its latest snapshot', () => {
    const facts = plain.facts('acme', 'grand')
    assert.deepEqual([facts.id, facts.family, facts.context], ['grand', 'grand-2026-03-20', 2])
  })

  it('knows what a tuned model was tuned from, and does not take a variant’s price for its model’s', () => {
    assert.equal(plain.facts('acme', 'ft:swift-2025:org:name:x1').family, 'ft:swift-2025')
    const free = plain.facts('depot', 'maker/heavy:free')
    assert.deepEqual([free.family, free.context, free.prices], ['maker/heavy', 100_000, undefined])
  })

  it('says of a model that nobody knows no more than its name', () => {
    assert.deepEqual(plain.facts('acme', 'secret'), { provider: 'acme', id: 'secret', known: false })
    for (const id of ['', '__proto__', 'constructor', ':', '-2025-01-01', 'x'.repeat(100_000)])
      assert.equal(plain.facts('acme', id).known, false)
  })
})

describe('what a tenant says of models', () => {
  it('counts before the catalog: abilities one by one, prices all together', () => {
    const facts = { can: { images: true }, prices: { input: 1, output: 1 }, regions: ['eu'] }
    const catalog = createCatalog(base, { overrides: [{ provider: 'acme', kind: 'acme', id: 'swift', facts }] })
    const swift = catalog.facts('acme', 'swift')
    assert.deepEqual(swift.can, { tools: true, images: true })
    assert.deepEqual(swift.prices, { input: 1, output: 1 })
    assert.equal(swift.context, 100_000)
    assert.equal(plain.facts('acme', 'swift').regions, undefined)
    assert.equal(catalog.facts('depot', 'swift').prices?.input, 3)
  })

  it('is of one provider, or of all of its kind, the former over the latter', () => {
    const catalog = createCatalog(base, {
      overrides: [
        { provider: 'acme-eu', kind: 'acme', id: 'swift', facts: { regions: ['eu'] } },
        { provider: 'acme', kind: 'acme', id: 'swift', facts: { context: 7 } },
      ],
    })
    const here = catalog.facts('acme', 'swift', 'acme-eu')
    assert.deepEqual([here.regions, here.context, here.prices?.input], [['eu'], 7, 2])
    assert.equal(catalog.facts('acme', 'swift').regions, undefined)
  })

  it('makes a model that nobody knows one with abilities, though not a known one', () => {
    const facts = { can: { tools: true }, context: 32_000, aliases: ['mine'] }
    const catalog = createCatalog(base, { overrides: [{ provider: 'rack', kind: 'compatible', id: 'llama', facts }] })
    const llama = catalog.facts('compatible', 'llama', 'rack')
    assert.deepEqual([llama.known, llama.can, llama.context], [false, { tools: true }, 32_000])
    assert.deepEqual(ids(catalog.find('mine')), ['compatible/llama'])
    assert.deepEqual(ids(catalog.find('rack/llama')), ['compatible/llama'])
  })

  it('puts what was measured of a task in the place of what was known of it', () => {
    const known = model('acme', 'rated', {
      quality: [
        { task: 'code', score: 0.5, source: 'a' },
        { task: 'any', score: 0.6, source: 'a' },
      ],
    })
    const facts = { quality: [{ task: 'code', score: 0.9, source: 'own' }] }
    const overrides = [{ provider: 'acme', kind: 'acme', id: 'rated', facts }]
    const rated = createCatalog({ ...base, models: [known] }, { overrides }).facts('acme', 'rated')
    assert.deepEqual(
      rated.quality?.map(({ task, score }) => [task, score]),
      [
        ['code', 0.9],
        ['any', 0.6],
      ],
    )
  })
})

describe('what providers list', () => {
  it('is added, and its context believed of that provider', () => {
    const models = [
      { id: 'swift', context: 4096 },
      { id: 'new-one', context: 9 },
      { id: 'bad', context: Number.NaN },
    ]
    const catalog = createCatalog(base, { listings: [{ provider: 'rack', kind: 'acme', models }] })
    assert.equal(catalog.facts('acme', 'swift', 'rack').context, 4096)
    assert.equal(catalog.facts('acme', 'swift').context, 100_000)
    assert.deepEqual(catalog.facts('acme', 'new-one', 'rack'), {
      provider: 'acme',
      id: 'new-one',
      known: false,
      context: 9,
    })
    assert.equal(catalog.facts('acme', 'bad', 'rack').context, undefined)
    assert.equal(catalog.list().length, base.models.length + 3)
  })

  it('is believed less than the tenant', () => {
    const catalog = createCatalog(base, {
      listings: [{ provider: 'rack', kind: 'acme', models: [{ id: 'swift', context: 4096 }] }],
      overrides: [{ provider: 'rack', kind: 'acme', id: 'swift', facts: { context: 5000 } }],
    })
    assert.equal(catalog.facts('acme', 'swift', 'rack').context, 5000)
  })

  it('is cut where a provider lists without end', () => {
    const models = Array.from({ length: 20_000 }, (_, index) => ({ id: `m${index}` }))
    const catalog = createCatalog(base, {
      listings: [{ provider: 'x', kind: 'x', models: [{ id: 'y'.repeat(1000) }, ...models] }],
    })
    assert.equal(catalog.list().length, base.models.length + 4999)
  })
})

describe('models of the tenant’s own', () => {
  const version = (name: string, state: OwnVersion['state'], more: Partial<OwnVersion> = {}): OwnVersion => ({
    version: name,
    state,
    facts: { context: Number(name) * 1000 },
    ...more,
  })
  const own = (versions: readonly OwnVersion[]) =>
    createCatalog(base, { own: [{ provider: 'rack', kind: 'acme', name: 'clerk', versions }] })

  it('are had by version, and by name in the one that was promoted last', () => {
    const catalog = own([version('1', 'promoted'), version('2', 'promoted', { id: 'clerk-v2' }), version('3', 'trial')])
    assert.deepEqual(catalog.facts('acme', 'clerk', 'rack').own, { name: 'clerk', version: '2' })
    assert.equal(catalog.facts('acme', 'clerk', 'rack').id, 'clerk-v2')
    assert.equal(catalog.facts('acme', 'clerk@1', 'rack').context, 1000)
    assert.equal(catalog.facts('acme', 'clerk@3', 'rack').own?.version, '3')
    assert.deepEqual(catalog.find('rack/clerk')[0]?.own, { name: 'clerk', version: '2' })
  })

  it('are not had when they were retired, nor by name before one is promoted', () => {
    const catalog = own([version('1', 'retired'), version('2', 'trial')])
    assert.equal(catalog.facts('acme', 'clerk@1', 'rack').own, undefined)
    assert.equal(catalog.facts('acme', 'clerk', 'rack').own, undefined)
    assert.equal(catalog.facts('acme', 'clerk@2', 'rack').own?.version, '2')
  })

  it('go back to the former version when the later one is retired', () => {
    const catalog = own([version('1', 'promoted'), version('2', 'retired')])
    assert.equal(catalog.facts('acme', 'clerk', 'rack').own?.version, '1')
  })

  it('keep what is known of the model that they serve, and what was measured of them', () => {
    const facts = { quality: [{ task: 'any', score: 0.8, source: 'evaluation 7' }] }
    const catalog = own([version('1', 'promoted', { id: 'swift', facts })])
    const clerk = catalog.facts('acme', 'clerk', 'rack')
    assert.deepEqual([clerk.id, clerk.context, clerk.quality?.[0]?.score], ['swift', 100_000, 0.8])
  })

  it('have their alias in the version that is current', () => {
    const facts = { aliases: ['office'] }
    const catalog = own([version('1', 'promoted', { facts }), version('2', 'promoted', { facts })])
    assert.deepEqual(
      catalog.find('office').map((one) => one.own?.version),
      ['2'],
    )
  })
})
