/** What a text has without anybody giving it. */
export const builtInNames = [
  'true',
  'false',
  'none',
  'True',
  'False',
  'None',
  'range',
  'raise_exception',
  'namespace',
  'loop',
  'caller',
  'varargs',
  'kwargs',
] as const
