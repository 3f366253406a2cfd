import type { ProviderManifest } from '@hearth/models'
import type { Caller } from '../feature.ts'
import { invalid } from '../position-in.ts'

type Options = Readonly<Record<string, string>>

/** What is said of a provider beside its address and keys, as its kind wants it. Throws `input.invalid`, and what an address may not be. */
export async function optionsOf(
  manifest: ProviderManifest | undefined,
  given: Options | undefined,
  caller: Pick<Caller, 'assertReachable'>,
): Promise<Options | undefined> {
  const known = manifest?.options ?? {}
  const said = given ?? {}
  const stranger = Object.keys(said).find((name) => !Object.hasOwn(known, name))
  if (stranger !== undefined) throw invalid('options', `holds ${stranger}, which its kind does not know`)
  for (const [name, { needed, address }] of Object.entries(known)) {
    const value = said[name]
    if (value === undefined && needed === true) throw invalid('options', `must hold ${name}`)
    if (value !== undefined && address === true) await caller.assertReachable(addressIn(name, value))
  }
  return given
}

function addressIn(name: string, value: string): URL {
  const url = URL.parse(value)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw invalid('options', `${name} must be an address of http or https`)
  return url
}
