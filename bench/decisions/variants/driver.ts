import { appendingBy } from '../appending/appender.ts'
import * as nodePostgres from '../appending/node-postgres.ts'
import * as postgresJs from '../appending/postgres-js.ts'
import type { Variant } from '../variant.ts'

const besides = 'Loads go through the product as ever; only commits differ. Compare with rows.own-connection.'

export const driver: readonly Variant[] = [
  {
    name: 'driver.postgres-pipelined',
    about: 'postgres.js: begin, each part a prepared statement, commit, all sent before the first answer.',
    unfair: `${besides} Each has a synchronisation of its own, and the socket a wider mark than the driver gives it, without which it waits for answers in between.`,
    log: appendingBy(postgresJs.asPipelined),
  },
  {
    name: 'driver.postgres-awaited',
    about: 'postgres.js: sql.begin with each part awaited before the next.',
    unfair: besides,
    log: appendingBy(postgresJs.asAwaited),
  },
  {
    name: 'driver.postgres-arrays',
    about: 'postgres.js: one prepared statement, its arrays written by the driver.',
    unfair: besides,
    log: appendingBy(postgresJs.asOneStatementOfArrays),
  },
  {
    name: 'driver.pg-one',
    about: 'pg: one prepared statement.',
    unfair: besides,
    needs: 'pg',
    log: appendingBy(nodePostgres.asOneStatement),
  },
  {
    name: 'driver.pg-pipelined',
    about: 'pg: begin, each part a prepared statement, commit, with its option "pipeline".',
    unfair: besides,
    needs: 'pg',
    log: appendingBy(nodePostgres.asPipelined),
  },
  {
    name: 'driver.pg-awaited',
    about: 'pg: begin, each part a prepared statement, commit, each awaited before the next.',
    unfair: besides,
    needs: 'pg',
    log: appendingBy(nodePostgres.asAwaited),
  },
]
