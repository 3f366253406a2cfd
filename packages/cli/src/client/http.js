import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/**
 * The function that asks an address. An `import` of node:http loads everything that it could give, the library of fetch included, which
 * takes longer than all the rest of a call.
 * @param {string} url
 * @returns {typeof import('node:http').request}
 */
export const requestFor = (url) => require(url.startsWith('https:') ? 'node:https' : 'node:http').request
