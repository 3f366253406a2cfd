/** @import { Settings } from './settings.js' */
/** @import { RunningServer } from '../client/server.js' */

/**
 * What a check says. `wrong` and `advice` say why it matters and what to do; `good` says what was seen, `unknown` what could not be.
 * @typedef {object} Finding
 * @property {'good' | 'unknown' | 'advice' | 'wrong'} level
 * @property {string} finding
 * @property {string} [why]
 * @property {string} [todo]
 */

/**
 * Where a check looks.
 * @typedef {object} Patient
 * @property {string} data the data folder
 * @property {boolean} isMade whether a server has written there
 * @property {string | undefined} database the folder of the embedded PostgreSQL's data, once it has one
 * @property {NodeJS.ProcessEnv} env
 * @property {Settings} settings
 * @property {RunningServer | undefined} server what the data folder says of a running server
 * @property {boolean} isAlive whether that process runs
 * @property {any} status what the server says of itself; undefined where it does not answer
 * @property {string | undefined} refusal why it does not
 * @property {number | undefined} clockAheadMs how far the server's clock is before this machine's, where it said
 * @property {(operation: string, input: object) => Promise<any>} call only where there is a status
 */

/**
 * One check: a module of this folder's `checks` that exports it as `check`.
 * @typedef {object} Check
 * @property {string} name
 * @property {(patient: Patient) => Promise<Finding[]> | Finding[]} examine
 */

/** @param {string} finding @returns {Finding} */
export const good = (finding) => ({ level: 'good', finding })

/** @param {string} finding @returns {Finding} */
export const unknown = (finding) => ({ level: 'unknown', finding })

/** @param {string} finding @param {string} why @param {string} todo @returns {Finding} */
export const advice = (finding, why, todo) => ({ level: 'advice', finding, why, todo })

/** @param {string} finding @param {string} why @param {string} todo @returns {Finding} */
export const wrong = (finding, why, todo) => ({ level: 'wrong', finding, why, todo })
