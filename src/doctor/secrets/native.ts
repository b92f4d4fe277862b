import type { RotationRulesType } from '@aws-sdk/client-secrets-manager'
import { DAY, HOUR, iso } from '../../model/time.ts'
import type { Check } from '../check.ts'
import { backstopLine } from './backstop.ts'
import { liveSecret, type SecretFacts } from './facts.ts'

/** Source: API reference, RotationRulesType and DescribeSecret (NextRotationDate). */
export const nativeRotation: Check<SecretFacts> = {
  name: 'native-rotation',
  severity: 'risk',
  cause:
    'Secrets Manager’s own schedule rotates as well, at a time nobody here has chosen. As a backstop its interval has to be longer than our longest gap: each rotation of ours then pushes it out.',
  check(facts) {
    const secret = liveSecret(facts)
    if (!secret) return undefined
    const { NextRotationDate, RotationRules } = secret
    const remedy = `give it an interval longer than our longest gap, ${backstopLine(facts)}; or none: see node_modules/aws-tourbillon/docs/doctor.md`
    const native = NextRotationDate && new Date(NextRotationDate).getTime()
    if (native !== undefined && facts.next !== undefined && native < facts.next) {
      return {
        symptom: `Secrets Manager rotates it by itself by ${iso(native)}, before our next occurrence at ${iso(facts.next)}`,
        remedy,
      }
    }
    const interval = intervalOf(RotationRules)
    if (interval !== undefined && facts.longestGapMs !== undefined && interval <= facts.longestGapMs) {
      return {
        symptom: `Secrets Manager rotates it every ${days(interval)} d by itself; our longest gap is ${days(facts.longestGapMs)} d`,
        remedy,
      }
    }
    return 'fine'
  },
}

/** Ms between native rotations; undefined where there are none, or a cron() says when: then its next date tells. */
export function intervalOf({
  AutomaticallyAfterDays,
  ScheduleExpression,
}: RotationRulesType = {}): number | undefined {
  if (AutomaticallyAfterDays !== undefined) return AutomaticallyAfterDays * DAY
  const [, amount, unit] = /^rate\((\d+) (hour|day)s?\)$/.exec(ScheduleExpression ?? '') ?? []
  if (amount === undefined) return undefined
  return Number(amount) * (unit === 'hour' ? HOUR : DAY)
}

export function days(ms: number): number {
  return Math.round((ms / DAY) * 10) / 10
}
