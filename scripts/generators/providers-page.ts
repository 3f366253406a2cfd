import type { ProviderManifest } from '../../packages/models/src/provider.ts'
import type { Generator } from './generator.ts'

const introduction = `<!-- Made by npm run generate. -->

# Providers

What \`hearth providers.add --name NAME --kind KIND\` takes, kind by kind: \`--baseUrl\` where none stands here, or where another is meant; \`--key\`, or \`--keys\` for several;
and \`--options '{"name": "value"}'\` as listed. A kind that is *unverified* speaks a protocol that is tested, but of its own traffic nothing was seen: see [status](../status.md).
`

const does: Readonly<Record<ProviderManifest['does'][number], string>> = {
  chat: 'chats',
  embed: 'makes vectors',
  rerank: 'ranks documents',
}

const keys: Readonly<Record<ProviderManifest['key'], string>> = {
  needed: 'Key: needed.',
  optional: 'Key: where the server wants one.',
  none: 'Key: none.',
}

function text(manifest: ProviderManifest): string {
  const { kind, title, baseUrl, key, keyForm, options = {}, does: verbs, traffic } = manifest
  const address = baseUrl === null ? '' : `Address: \`${baseUrl}\`.`
  const facts = [
    `${title}. It ${verbs.map((verb) => does[verb]).join(', ')}.${traffic?.type === 'unseen' ? ' *Unverified.*' : ''}`,
    address,
    keyForm === undefined ? keys[key] : `${keys[key]} ${keyForm}`,
  ].filter((fact) => fact !== '')
  const list = Object.entries(options).map(([name, { summary, needed }]) => {
    const how = needed === true ? ' (needed)' : ''
    return `- option \`${name}\`${how}: ${summary}`
  })
  return [`## ${kind}`, facts.join(' '), ...(list.length === 0 ? [] : [list.join('\n')])].join('\n\n')
}

export const providersPage: Generator = {
  file: 'docs/reference/providers.md',
  make: async () => {
    const { builtIn, providers } = await import('@hearth/models')
    const addable = providers.filter(
      ({ kind, inspect }) => inspect === undefined && !builtIn.some((own) => own.kind === kind),
    )
    return `${introduction}\n${addable.map(text).join('\n\n')}\n`
  },
}
