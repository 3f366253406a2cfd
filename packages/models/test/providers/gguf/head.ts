export type Entry =
  | readonly [string, 'string', string]
  | readonly [string, 'uint32' | 'uint16' | 'bool' | 'floats', number]
  | readonly [string, 'strings', readonly string[]]

interface Head {
  readonly version?: number
  readonly tensors?: number
  readonly entries: readonly Entry[]
}

/** A GGUF file with weights that are all zero, as its specification says. */
export function head({ version = 3, tensors = 1, entries }: Head): Buffer {
  const parts = [Buffer.from('GGUF'), uint32(version), uint64(tensors), uint64(entries.length)]
  const values = entries.flatMap(([key, ...value]) => [text(key), ...valueOf(value)])
  // Each has 64 weights in Q8_0: 68 bytes, which are padded.
  const infos = Array.from({ length: tensors }, (_, index) =>
    Buffer.concat([text(`t${index}`), uint32(2), uint64(32), uint64(2), uint32(8), uint64(index * padded(68))]),
  )
  const all = Buffer.concat([...parts, ...values, ...infos])
  return Buffer.concat([all, Buffer.alloc(padded(all.length) - all.length + padded(68) * tensors)])
}

const padded = (length: number): number => Math.ceil(length / 32) * 32

function valueOf([type, value]: readonly [Entry[1], unknown]): readonly Buffer[] {
  switch (type) {
    case 'string':
      return [uint32(8), text(String(value))]
    case 'uint32':
      return [uint32(4), uint32(Number(value))]
    case 'uint16':
      return [uint32(2), uint32(Number(value)).subarray(0, 2)]
    case 'bool':
      return [uint32(7), Buffer.from([Number(value)])]
    case 'floats':
      return [uint32(9), uint32(6), uint64(Number(value)), Buffer.alloc(Number(value) * 4)]
    case 'strings': {
      const all = value as readonly string[]
      return [uint32(9), uint32(8), uint64(all.length), ...all.map(text)]
    }
    default:
      return type satisfies never
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}
