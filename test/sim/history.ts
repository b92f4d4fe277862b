import type { Steps } from '../../src/steps/steps.ts'

/**
 * The durable operations of one execution, in order: kind and name, and what a map did for each of its items. A replay
 * goes by their order, as AWS's does, so one that meets another operation at the same place is refused here.
 */
export type History = Operation[]

type Operation = { kind: keyof Steps; name: string; items?: Item[] }
type Item = { name: string; history: History }

/** Notes in `history` what is done with these steps. Every replay of the execution notes in the same one. */
export function recorded(steps: Steps, history: History): Steps {
  let count = 0
  const note = (kind: keyof Steps, name: string): Operation => {
    const place = count++
    const operation = history[place] ?? { kind, name }
    if (operation.kind !== kind || operation.name !== name)
      throw new Error(`operation ${place} was ${operation.kind} "${operation.name}", now ${kind} "${name}"`)
    history[place] = operation
    return operation
  }
  return {
    step(name, ...rest) {
      note('step', name)
      return steps.step(name, ...rest)
    },
    wait(name, ...rest) {
      note('wait', name)
      return steps.wait(name, ...rest)
    },
    waitForCondition(name, ...rest) {
      note('waitForCondition', name)
      return steps.waitForCondition(name, ...rest)
    },
    createCallback(name, ...rest) {
      note('createCallback', name)
      return steps.createCallback(name, ...rest)
    },
    invoke(name, ...rest) {
      note('invoke', name)
      return steps.invoke(name, ...rest)
    },
    map(name, items, fn, config) {
      const operation = note('map', name)
      operation.items ??= items.map((item, index) => ({
        name: config?.itemNamer?.(item, index) ?? `item ${index + 1}`,
        history: [],
      }))
      const histories = operation.items.map(({ history }) => history)
      const one: typeof fn = (inner, item, index) => fn(recorded(inner, histories[index] ?? []), item, index)
      return steps.map(name, items, one, config)
    },
  }
}

/** A history to read: an operation a line, the items of a map below it, those that went alike together. */
export function written(history: History, indent = ''): string {
  return history
    .map(
      ({ kind, name, items }) =>
        `${indent}${kind} ${name}\n${items ? writtenItems(items, `${indent}  `) : ''}`,
    )
    .join('')
}

function writtenItems(items: Item[], indent: string): string {
  const alike = Map.groupBy(items, ({ history }) => written(history, `${indent}  `))
  return [...alike]
    .map(([lines, [first, ...others]]) => {
      const more = others.length > 0 ? `, and ${others.length} alike` : ''
      return `${indent}${first?.name}${more}:\n${lines || `${indent}  nothing\n`}`
    })
    .join('')
}
