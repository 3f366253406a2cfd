interface Operation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

type Container = unknown[] | Record<string, unknown>

/** What a JSON patch makes of a document. The document stays as it was; what did not change is shared. Throws for what does not fit. */
export function patched(document: unknown, patch: readonly Operation[]): unknown {
  const copies = new Set<unknown>()
  const copyOf = (value: unknown): Container => {
    if (typeof value !== 'object' || value === null) throw new Error('The patch leads through what holds nothing.')
    if (copies.has(value)) return value as Container
    const copy: Container = Array.isArray(value) ? [...(value as readonly unknown[])] : { ...value }
    copies.add(copy)
    return copy
  }
  // The document is a member like any other of what holds it.
  const holder: Record<string, unknown> = { document }
  for (const { op, path, value } of patch) {
    const parts = ['document', ...partsOf(path)]
    const last = parts.pop() as string
    let container: Container = holder
    for (const part of parts) {
      const copy = copyOf(memberOf(container, part))
      put(container, part, copy)
      container = copy
    }
    apply(op, container, last, value)
  }
  return holder['document']
}

function partsOf(path: string): readonly string[] {
  if (path !== '' && !path.startsWith('/')) throw new Error('A path of the patch is malformed.')
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function memberOf(container: Container, part: string): unknown {
  if (!Object.hasOwn(container, part)) throw new Error('The patch leads to what is not there.')
  return (container as Record<string, unknown>)[part]
}

/** A member of any name, `__proto__` too. */
function put(container: Container, part: string, value: unknown): void {
  Object.defineProperty(container, part, { value, writable: true, enumerable: true, configurable: true })
}

function apply(op: string, container: Container, part: string, value: unknown): void {
  if (op === 'add' && Array.isArray(container)) return insert(container, part, value)
  if (op === 'add') return put(container, part, value)
  memberOf(container, part)
  if (op === 'replace') put(container, part, value)
  else if (op !== 'remove') throw new Error(`A patch with ${op} is not known here.`)
  else if (Array.isArray(container)) container.splice(Number(part), 1)
  else Reflect.deleteProperty(container, part)
}

function insert(items: unknown[], part: string, value: unknown): void {
  const index = part === '-' ? items.length : Number(part)
  if (!Number.isInteger(index) || index < 0 || index > items.length) throw new Error('The patch leads past the end.')
  items.splice(index, 0, value)
}
