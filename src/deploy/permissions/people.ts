import type { Statement } from '../statements.ts'
import { NEEDS, type Need, PEOPLE, type Person } from './commands.ts'
import { allowOn, readTableWith, type StageInput, TARGETS, type Target } from './targets.ts'

/** What somebody who gives these commands has to be allowed, each action once, by what it is on. */
export function peopleStatements(person: Person, stage: StageInput): Statement[] {
  const needs: readonly Need[] = PEOPLE[person].flatMap((command) => NEEDS[command])
  const allowed = (Object.keys(TARGETS) as Target[]).flatMap((target) => {
    const actions = new Set(needs.filter(({ on }) => on === target).flatMap((it) => it.actions))
    return actions.size === 0 ? [] : allowOn(target, [...actions].sort(), stage)
  })
  return [...allowed, ...readTableWith(stage.settings)]
}
