import { formatDuration, formatPreciseDuration } from '../calendar/format.ts'
import { caveatsOf } from './caveats.ts'
import { bad, type Cell, type Document, minute, type Section } from './document.ts'
import { figuresSections } from './figures-sections.ts'
import { rulesSection } from './rules.ts'
import {
  adoptionsSection,
  byHandSection,
  byRetrySection,
  freezesSection,
  handoversSection,
  holdsSection,
  leftOutSection,
  notKeptSection,
  onDemandSection,
  pastObjectiveSection,
  policySection,
  versionsSection,
} from './sections.ts'
import type { ReportInput, SecretSummary } from './summary.ts'

export function reportOf(input: ReportInput): Document {
  const { config, period, generatedAt, generatedBy } = input
  return {
    title: `Secret rotation: evidence for ${config.stage}`,
    facts: [
      ['Period', `${minute(period.from)} to ${minute(period.to)} UTC, end excluded`],
      ['Made', `${minute(generatedAt)} UTC by ${generatedBy}`],
      ['Config', `${config.version}, as on the machine that made this`],
      ['Source', 'Tourbillon’s ledger; no secret’s value was read'],
    ],
    sections: [
      atAGlance(input),
      ...figuresSections(input),
      secretsSection(input),
      notKeptSection(input.summary.notKept),
      leftOutSection(input.summary.leftOut),
      ...pastObjectiveSection(input.summary.pastObjective),
      ...byRetrySection(input.summary.byRetry),
      ...handoversSection(input.summary.handovers, input.summary.secrets, config),
      ...adoptionsSection(input.summary.adoptions, input.summary.secrets, config),
      onDemandSection(input.summary.onDemand),
      holdsSection(input.holds),
      byHandSection(input.exceptions),
      policySection(config),
      rulesSection(config, generatedAt),
      freezesSection(config.freezes),
      versionsSection(input.summary, config),
      caveatsOf(input),
    ],
  }
}

function atAGlance({ summary, holds, config }: ReportInput): Section {
  const { secrets, notKept, leftOut, onDemand, overrides, byRetry } = summary
  const sum = (pick: (it: SecretSummary) => number) => secrets.reduce((total, it) => total + pick(it), 0)
  const [kept, open, external] = [sum((it) => it.kept), sum((it) => it.open), sum((it) => it.external)]
  const under = secrets.filter(({ underPolicy }) => underPolicy).length
  const ageOf = ({ age }: SecretSummary) => age?.ms ?? -1
  const [oldest] = secrets.toSorted((a, b) => ageOf(b) - ageOf(a))
  const unknown = secrets.filter(({ age }) => age === undefined).length
  const rows: [string, number][] = [
    ['Secrets under policy', under],
    ['Secrets that rotated and are not, or no longer, under policy', secrets.length - under],
    ['Rotations due by schedule', kept + leftOut.count + notKept.count + open],
    ['– kept: succeeded, and not only after they had been given up', kept],
    ...(byRetry.count > 0 || config.schedules.some(({ retries }) => retries)
      ? [
          ['– of these at the first attempt', kept - byRetry.count] as [string, number],
          ['– of these by a retry', byRetry.count] as [string, number],
        ]
      : []),
    ['– left out by rule', leftOut.count],
    ['– not kept', notKept.count],
    ['– without an outcome yet', open],
    ...(summary.movedAway > 0
      ? [
          ['Records of moved occurrences that count at their other instant', summary.movedAway] as [
            string,
            number,
          ],
        ]
      : []),
    ['Rotations on demand', onDemand.count],
    ['– in spite of freezes and holds', overrides],
    ['Rotations that others started', external],
    ['Holds in force at some time', holds.length],
  ]
  return {
    title: 'At a glance',
    table: {
      header: ['', ''],
      figures: [1],
      rows: [
        ...rows.map(([what, count]): Cell[] => [
          what,
          what.endsWith('not kept') && count > 0 ? bad(`${count}`) : `${count}`,
        ]),
        ['The oldest that a secret became', oldest?.age ? `${ageText(oldest)} (${oldest.secretName})` : '–'],
        ...(unknown > 0 ? [['Secrets whose age is not known', bad(`${unknown}`)]] : []),
      ],
    },
  }
}

function secretsSection({ summary: { secrets }, config }: ReportInput): Section {
  const rows = secrets.map((it): Cell[] => {
    const notKept = it.due - it.kept - it.leftOut - it.open
    const maxAges = config.schedules
      .filter(({ name }) => it.schedules.includes(name))
      .flatMap(({ maxAgeSeconds }) => maxAgeSeconds ?? [])
    const tooOld = maxAges.some((seconds) => (it.age?.ms ?? 0) > seconds * 1_000)
    const age = it.age === undefined && maxAges.length > 0 ? bad(ageText(it)) : ageText(it)
    return [
      it.underPolicy ? it.secretName : { text: `${it.secretName} (not under policy)`, tone: 'quiet' },
      it.schedules.join(', '),
      `${it.due}`,
      `${it.kept}`,
      `${it.leftOut}`,
      notKept > 0 ? bad(`${notKept}`) : `${notKept}`,
      `${it.onDemand}`,
      it.latestStartMs === undefined ? '–' : formatPreciseDuration(it.latestStartMs),
      it.lastChange === undefined ? bad('none known') : minute(it.lastChange),
      tooOld ? bad(`${ageText(it)}, beyond maxAge`) : age,
    ]
  })
  return {
    title: 'Every secret under policy',
    paragraphs: [
      'Latest start: how long after its instant the latest of those kept began. Oldest: the longest that one value lived within the period; "at least" where no change before it is known; where nothing is known, not even when the secret was made, that is said.',
    ],
    table: {
      header: [
        ...['Secret', 'Schedules', 'Due', 'Kept', 'Left out', 'Not kept', 'On demand'],
        ...['Latest start', 'Last changed (UTC)', 'Oldest'],
      ],
      figures: [2, 3, 4, 5, 6, 7],
      instants: [8],
      rows,
    },
  }
}

function ageText({ age }: SecretSummary): string {
  if (age === undefined) return 'not known'
  return (age.atLeast ? 'at least ' : '') + formatDuration(age.ms)
}
