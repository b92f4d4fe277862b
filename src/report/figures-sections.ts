import { clockText } from './aws-facts.ts'
import { bad, type Cell, type Section } from './document.ts'
import { durationText, type Figures, keptRate, type Quantiles, rateText } from './figures.ts'
import type { ReportInput } from './summary.ts'

/** The promise in figures: how much of it was kept, and how exactly. */
export function figuresSections({ summary, clock }: ReportInput): Section[] {
  const { stage, schedules } = summary.figures
  const rows: [string, Figures][] = [
    ...schedules.map(({ schedule, ...it }): [string, Figures] => [schedule, it]),
    ['The whole stage', stage],
  ]
  const asked = stage.adoptedAll.count + stage.adoptedAll.unknown
  const { kept, missed, unknown } = stage.objective
  const hasObjective = kept + missed + unknown > 0
  return [
    {
      title: 'The promise, kept',
      paragraphs: [
        'Kept rate: of what was due, had come to its end and was not left out by rule or by a person, the share that began inside its window and whose new version was seen as AWSCURRENT. It is cut off, not rounded.',
      ],
      table: {
        header: ['Schedule', 'Due', 'Open', 'Left out', 'Not kept', 'Kept', 'At the first try', 'Kept rate'],
        figures: [1, 2, 3, 4, 5, 6, 7],
        rows: rows.map(([name, it]) => keptRow(name, it)),
      },
    },
    {
      title: 'The promise, how exact',
      paragraphs: [
        'Of those kept. Skew: from the instant to the first sending of RotateSecret. Verdict: from there to AWSCURRENT seen. “Of” is how many values stand behind the figures; what was not observed is counted as not known, and never as 0. p99 is given of 100 values or more: of fewer it is no more than the most.',
        `Skew is by Lambda’s clock. Its distance from AWS’s: ${clockText(clock)}. ${lateText('Scheduler’s deliveries were taken up', stage.delivered)} ${lateText('Waits for the instant ended', stage.woke)}`,
      ],
      table: {
        header: [
          ...['Schedule', 'Skew of', 'Not known', 'p50', 'p99', 'Most'],
          ...['Verdict of', 'Not known', 'p50', 'p99', 'Most'],
          ...(hasObjective ? ['Objective missed'] : []),
        ],
        figures: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        rows: rows.map(([name, { skew, verdict, objective }]) => [
          ...[name, ...cellsOf(skew), ...cellsOf(verdict)],
          ...(hasObjective ? [objectiveCell(objective)] : []),
        ]),
      },
    },
    ...(asked > 0 ? [adoptionSection(rows)] : []),
  ]
}

/** Nothing where no schedule asks. */
function adoptionSection(rows: [string, Figures][]): Section {
  return {
    title: 'The promise, taken up',
    paragraphs: [
      'Of those kept whose schedule asks who has fetched: how long after AWSCURRENT was seen the first of those who use the secret, and all of them, had fetched it, by CloudTrail. Not later, and up to an hour earlier where somebody reads all the time: of each the last read is kept, and the audit looks once an hour. “Not known”: it was not seen in the time that the schedule gives.',
    ],
    table: {
      header: [
        ...['Schedule', 'First of', 'Not known', 'p50', 'p99', 'Most'],
        ...['All of', 'Not known', 'p50', 'p99', 'Most'],
      ],
      figures: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      rows: rows.map(([name, it]) => [name, ...cellsOf(it.adoptedFirst), ...cellsOf(it.adoptedAll)]),
    },
  }
}

function keptRow(name: string, figures: Figures): Cell[] {
  const { due, open, leftOut, notKept, kept, byRetry } = figures
  const rate = rateText(keptRate(figures))
  return [
    ...[name, `${due}`, `${open}`, `${leftOut}`],
    notKept > 0 ? bad(`${notKept}`) : '0',
    ...[`${kept}`, `${kept - byRetry}`],
    notKept > 0 ? bad(rate) : rate,
  ]
}

function cellsOf({ count, unknown, p50, p99, most }: Quantiles): Cell[] {
  return [`${count}`, `${unknown}`, durationText(p50), durationText(p99), durationText(most)]
}

/** Of all that began, failed ones too. */
function objectiveCell({ kept, missed, unknown }: Figures['objective']): Cell {
  if (kept + missed + unknown === 0) return { text: 'none', tone: 'quiet' }
  const text = `${missed} of ${kept + missed}${unknown > 0 ? `, ${unknown} not known` : ''}`
  return missed > 0 ? bad(text) : text
}

function lateText(what: string, { count, p50, p99, most }: Quantiles): string {
  if (count === 0) return `${what}: not known.`
  const high = p99 === undefined ? '' : `, p99 ${durationText(p99)}`
  return `${what} ${durationText(p50)} late at p50${high}, ${durationText(most)} at most (of ${count}).`
}
