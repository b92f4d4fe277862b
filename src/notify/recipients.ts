import type { Config, NotifyKind } from '../config/config.ts'

/** What people hear of where the config does not say. */
export const NOTIFIED_BY_DEFAULT: readonly NotifyKind[] = ['failure', 'missed', 'approval']

/**
 * The topic that hears of any of these kinds for this schedule; undefined where none does. `alertTopic`: the ARN of the
 * stage's own topic, where there is one; a topic that is named only is beside it, in its account and region.
 */
export function recipientOf(
  schedule: string | undefined,
  kinds: readonly NotifyKind[],
  config: Config,
  alertTopic: string | undefined,
): string | undefined {
  const rule = config.schedules.find(({ name }) => name === schedule)?.notify
  const heard = rule?.on ?? NOTIFIED_BY_DEFAULT
  if (!kinds.some((kind) => heard.includes(kind))) return undefined
  if (rule?.sns === undefined) return alertTopic
  return rule.sns.startsWith('arn:') ? rule.sns : alertTopic?.replace(/[^:]+$/, rule.sns)
}
