import { RETENTION_DAYS } from '../ledger/table.ts'
import { counted } from '../model/counts.ts'
import { DAY, iso } from '../model/time.ts'
import type { Section } from './document.ts'
import type { ReportInput } from './summary.ts'

/** What a reader must not take this report for. The general ones always, the particular ones where they apply. */
export function caveatsOf({
  config,
  period,
  generatedAt,
  firstKnown,
  summary,
  unread,
}: ReportInput): Section {
  const others = summary.versions.filter(({ version }) => version !== config.version)
  const unknown = config.schedules.filter(({ name, enabled }) => enabled && !firstKnown.has(name))
  const later = [...firstKnown].filter(([, first]) => first > period.from)
  const particular = [
    ...unread,
    ...(period.to > generatedAt
      ? ['The period was not over when this was made: what was due later is not in it.']
      : []),
    ...(generatedAt - period.from > RETENTION_DAYS * DAY
      ? [
          `Records expire after ${RETENTION_DAYS} days unless the stage keeps them longer: the beginning of the period may be empty for that reason.`,
        ]
      : []),
    ...(others.length > 0
      ? [
          `Rotations of the period ran under ${counted(others.length, 'other config version')} too. What was due is computed from the config above, and from nothing else: where schedules have changed within the period, an earlier schedule’s missing rotation is not seen, and a later one’s may be listed too early. Each record names its config version; the version control system has the files.`,
        ]
      : []),
    ...later.map(
      ([schedule, first]) =>
        `The first record of ${schedule} is of ${iso(first).slice(0, 10)}: nothing before counts as due.`,
    ),
    ...unknown.map(
      ({ name }) => `The ledger has no record of ${name}, so nothing of it counts as due: is it deployed?`,
    ),
    ...config.schedules
      .filter(({ select }) => select)
      .map(
        ({ name }) =>
          `The secrets of ${name} are chosen as each wave starts. Under policy here are those that it chooses now and those that have rotated; one that it never chose, and no longer would, is not seen.`,
      ),
  ]
  return {
    title: 'What this report cannot know',
    bullets: [
      ...particular,
      'That a secret rotated means that Secrets Manager moved AWSCURRENT to the new version. Whether an application could log in with it is only known where the schedule has an after-hook that tries.',
      'Rotations that others start (the console, a native schedule) are here only where they were recorded as EXTERNAL. Ages are of changes that the ledger saw, or Secrets Manager dates: its last rotation, or the secret’s creation. A value that was stored by hand before anybody watched has no date.',
      'A secret that is in no enabled schedule is in this report only where it rotated.',
      'Whoever may write to the ledger’s table may change it: it is a record, no seal. Independently of it, CloudTrail has every RotateSecret call, and a rotation’s id is the id of the version that it made.',
      'Times are those of the Lambda host’s clock, which AWS keeps by Amazon Time Sync.',
      'The ledger is read with eventual consistency: the last seconds before this was made may be missing.',
      'Holds are listed of everything, of the schedules and secrets above, and of no others.',
    ],
  }
}
