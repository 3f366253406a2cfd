import type { Program } from './bounded.ts'
import { builtInNames } from './names.ts'

/** What a text asks for and does not make itself. `lenient`: it asks whether it is there, or says what is to stand in its place. */
export interface Mention {
  readonly name: string
  readonly lenient: boolean
}

type Fields = Readonly<Record<string, unknown>>

/**
 * The names that a text uses, but for those that it sets anywhere in itself. Scopes are not followed: a name that is set in one place
 * and meant to be given in another is taken for set.
 */
export function mentionsIn(programs: readonly Program[]): readonly Mention[] {
  const made = new Set<string>(builtInNames)
  const used = new Map<string, boolean>()
  const use = (name: string, lenient: boolean): void => void used.set(name, lenient || used.get(name) === true)

  const visitAll = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) visit(one)
    else if (value instanceof Map) for (const [key, one] of value) visitAll([key, one])
    else visit(value)
  }
  const make = (target: unknown): void => {
    const { type, value } = fieldsOf(target)
    if (type === 'Identifier') made.add(String(value))
    else if (type === 'TupleLiteral') for (const one of value as readonly unknown[]) make(one)
    else visit(target)
  }
  const makeArguments = (given: unknown): void => {
    for (const one of Array.isArray(given) ? given : []) {
      const { type, key, value } = fieldsOf(one)
      if (type !== 'KeywordArgumentExpression') make(one)
      else {
        make(key)
        visit(value)
      }
    }
  }
  /** A name there may be absent. */
  const visitLeniently = (operand: unknown): void => {
    const { type, value } = fieldsOf(operand)
    if (type === 'Identifier') use(String(value), true)
    else visit(operand)
  }
  const visitFilter = (filter: unknown): void => {
    if (fieldsOf(filter)['type'] === 'CallExpression') visitAll(fieldsOf(filter)['args'])
  }

  const visit = (node: unknown): void => {
    const fields = fieldsOf(node)
    switch (fields['type']) {
      case undefined:
        return
      case 'Identifier':
        return use(String(fields['value']), false)
      case 'For':
        make(fields['loopvar'])
        return visitAll([fields['iterable'], fields['body'], fields['defaultBlock']].flat())
      case 'Set':
        make(fields['assignee'])
        return visitAll([fields['value'], fields['body']].flat())
      case 'Macro':
        make(fields['name'])
        makeArguments(fields['args'])
        return visitAll(fields['body'])
      case 'CallStatement':
        visit(fields['call'])
        makeArguments(fields['callerArgs'])
        return visitAll(fields['body'])
      case 'MemberExpression':
        visit(fields['object'])
        if (fields['computed'] === true) visit(fields['property'])
        return
      case 'FilterStatement':
        visitAll(fields['body'])
        return visitFilter(fields['filter'])
      case 'FilterExpression': {
        if (nameOf(fields['filter']) === 'default') visitLeniently(fields['operand'])
        else visit(fields['operand'])
        return visitFilter(fields['filter'])
      }
      case 'TestExpression':
        if (/^(un)?defined$/.test(nameOf(fields['test']))) return visitLeniently(fields['operand'])
        return visit(fields['operand'])
      case 'KeywordArgumentExpression':
        return visit(fields['value'])
      // Their operators are tokens, some of them of the type of names.
      case 'BinaryExpression':
        return visitAll([fields['left'], fields['right']])
      case 'UnaryExpression':
        return visit(fields['argument'])
      default:
        for (const child of Object.values(fields)) visitAll(child)
    }
  }
  for (const program of programs) visit(program)
  return [...used].flatMap(([name, lenient]) => (made.has(name) ? [] : [{ name, lenient }]))
}

const fieldsOf = (node: unknown): Fields =>
  typeof node === 'object' && node !== null && !Array.isArray(node) ? (node as Fields) : {}

/** Of a filter or a test, with arguments or without. */
function nameOf(node: unknown): string {
  const { type, value, callee } = fieldsOf(node)
  return type === 'CallExpression' ? nameOf(callee) : String(value)
}
