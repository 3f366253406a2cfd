/** An `import` of node:http reads all its exports, one of which loads a whole HTTP client: 29 ms and 14 MB at a start. */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http')
