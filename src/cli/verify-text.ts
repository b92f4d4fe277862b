import type { Finding } from '../verify/verify.ts'

/** Prices of us-east-1 as published in 2026 (docs/verify.md). Everything together, in cents, counted generously. */
const CENTS = 'less than one cent'
const LEFT_STANDING = '$2.20 a month'

type Announced = {
  account: string
  region: string
  arn: string
  stage: string
  stack: string
  minutes: number
}

/** What is said before anything is made. */
export function announcement({ account, region, arn, stage, stack, minutes }: Announced): string {
  return `verify makes one throw-away stack and removes it again:

  where   account ${account}, ${region}, for stage ${stage}, as
          ${arn}
  what    ${stack}: 5 secrets that open nothing, 6 Lambda functions with
          7 roles, a table, a topic, 3 rules, 2 alarms, a schedule group
  secrets only its own five, by the roles' policies; no value is read, and your own
          rights are not used for any call to Secrets Manager
  people  nobody is written to. One rotation and four executions fail or are stopped on
          purpose: what watches the whole account may tell of them
  hears   its rules hear the account's Secrets Manager events meanwhile, and keep
          only those that name its own stack
  costs   ${CENTS} (prices of November 2026); left standing, ${LEFT_STANDING}
  time    about ${minutes + 5} minutes at most. If this computer dies, its schedules end
          within half an hour, and --remove takes the stack away

`
}

const WIDE = 80

/** A fact a paragraph: what was seen, what was expected, what the code does with it. */
export function factsTable(findings: Finding[], columns: number): string {
  const width = Math.min(columns, WIDE)
  const rows = findings.map(({ name, verdict, message, why, expected, use, remedy }) => [
    `${verdict.padEnd(8)} ${name}`,
    ...labelled('seen', message, width),
    ...(why === undefined ? [] : labelled('but', why, width)),
    ...labelled('expected', expected, width),
    ...labelled('code', remedy === undefined ? use : `${use} ${remedy}`, width),
  ])
  const count = (verdict: Finding['verdict']) => findings.filter((it) => it.verdict === verdict).length
  const sum = `${count('HOLDS')} hold, ${count('DIFFERS')} differ, ${count('UNKNOWN')} unknown`
  return `${[...rows.map((lines) => lines.join('\n')), sum].join('\n\n')}\n`
}

function labelled(label: string, text: string, width: number): string[] {
  const lines = [`  ${label.padEnd(9)}`]
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? ''
    if (last.length + word.length + 1 > width && last.trim() !== '') lines.push(`${' '.repeat(11)}${word}`)
    else lines[lines.length - 1] = last.endsWith(' ') ? last + word : `${last} ${word}`
  }
  return lines
}
