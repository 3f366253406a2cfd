import { providers, type ProviderManifest } from '@hearth/models'
import { schema } from '@hearth/protocol'
import type { Caller } from '../feature.ts'
import { invalid } from '../position-in.ts'

type Options = Readonly<Record<string, string>>

/** All that any kind knows. */
export const optionFields = Object.fromEntries(
  providers
    .flatMap(({ options = {} }) => Object.keys(options))
    .toSorted()
    .map((name) => [name, schema.text({ max: 2000 }).optional()]),
)

/** What is said of a provider beside its address and keys, as its kind wants it. Throws `input.invalid`, and what an address may not be. */
export async function optionsOf(
  manifest: ProviderManifest | undefined,
  given: Readonly<Record<string, string | undefined>> | undefined,
  caller: Pick<Caller, 'assertReachable'>,
): Promise<Options | undefined> {
  const known = manifest?.options ?? {}
  const said = Object.fromEntries(
    Object.entries(given ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  const stranger = Object.keys(said).find((name) => !Object.hasOwn(known, name))
  if (stranger !== undefined) throw invalid('options', `holds ${stranger}, which its kind does not know`)
  for (const [name, { needed, address }] of Object.entries(known)) {
    const value = said[name]
    if (value === undefined && needed === true) throw invalid('options', `must hold ${name}`)
    if (value !== undefined && address === true) await caller.assertReachable(addressIn(name, value))
  }
  return given === undefined ? undefined : said
}

function addressIn(name: string, value: string): URL {
  const url = URL.parse(value)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw invalid('options', `${name} must be an address of http or https`)
  // It is listed, as all options are.
  if (url.username !== '' || url.password !== '') throw invalid('options', `${name} must hold no name and no password`)
  return url
}
