import { secretNameOf } from '../../model/secret.ts'
import type { HouseRule, Schedule } from '../config.ts'

/** Whom a rule is for: a schedule by its name, or one that rotates, or may choose, a secret that begins so. */
export function bound({ schedules, secrets }: HouseRule, schedule: Schedule): boolean {
  if (schedules === undefined && secrets === undefined) return true
  return (
    (schedules ?? []).some((pattern) => isNamed(pattern, schedule)) ||
    (secrets ?? []).some((prefix) => reaches(schedule, prefix))
  )
}

/** `pay-*`: a star stands for any text. */
export function isNamed(pattern: string, { name }: Pick<Schedule, 'name'>): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return name === pattern
  const last = rest.pop() ?? ''
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false
  let at = first.length
  const end = name.length - last.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** A selector says nothing of the names that it will find, but for its prefix: who may choose such a secret is bound. */
export function reaches({ secrets, select }: Pick<Schedule, 'secrets' | 'select'>, prefix: string): boolean {
  if (select === undefined) return secrets.some((id) => secretNameOf(id).startsWith(prefix))
  const { prefix: chosen = '' } = select
  return chosen.startsWith(prefix) || prefix.startsWith(chosen)
}
