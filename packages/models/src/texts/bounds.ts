/** Of each side, in bytes of its JSON. An event may have 256 kB, and what is in it is sealed and written as text. */
export const mostBytes = 65_536

/** More than one of the things that are looked for is long: what is cut through at the end is found for what it is before it is cut. */
export const beyond = 4096

/** In characters, before it is known how many bytes they are. */
export const mostCharacters = mostBytes - 2 * beyond
