import type { Finding } from '../verify/verify.ts'
import { labelled } from './layout.ts'

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

/** On a wide terminal, and in a file, too. */
const WIDE = 80

/** What is said before anything is made. */
export function announcement({ account, region, arn, stage, stack, minutes }: Announced): string {
  const said: [label: string, text: string][] = [
    ['where', `account ${account}, ${region}, for stage ${stage}, as ${arn}`],
    [
      'what',
      `${stack}: 5 secrets that open nothing, 7 Lambda functions with 8 roles, a table, a topic, 3 rules, 2 alarms, a schedule group`,
    ],
    [
      'secrets',
      'only its own five, by the roles’ policies; no value is read, and your own rights are not used for any call to Secrets Manager',
    ],
    [
      'people',
      'nobody is written to. One rotation and four executions fail or are stopped on purpose: what watches the whole account may tell of them, and of new roles and secrets',
    ],
    [
      'hears',
      'its rules hear the account’s Secrets Manager events meanwhile, and keep only those that name its own stack',
    ],
    [
      'keeps',
      'what was seen, in the stage’s ledger. From then on runs go by it: they wait or look longer, never less',
    ],
    [
      'costs',
      `${CENTS} (prices of November 2026), and some 30 where AWS Config records every resource; left standing, ${LEFT_STANDING}`,
    ],
    [
      'time',
      `about ${minutes + 5} minutes at most. If this computer dies, its schedules end within half an hour, and --remove takes the stack away`,
    ],
  ]
  const lines = said.flatMap(([label, text]) => labelled(`  ${label.padEnd(9)}`, text, WIDE))
  return `verify makes one throw-away stack and removes it again:\n\n${lines.join('\n')}\n\n`
}

/** A fact a paragraph: what was seen, what was expected, what the code does with it. */
export function factsTable(findings: Finding[], columns: number): string {
  const beside = (label: string, text: string) =>
    labelled(`  ${label.padEnd(9)}`, text, Math.min(columns, WIDE))
  const rows = findings.map(({ name, verdict, message, why, expected, use, remedy }) => [
    `${verdict.padEnd(8)} ${name}`,
    ...beside('seen', message),
    ...(why === undefined ? [] : beside('but', why)),
    ...beside('expected', expected),
    ...beside('code', remedy === undefined ? use : `${use} ${remedy}`),
  ])
  const count = (verdict: Finding['verdict']) => findings.filter((it) => it.verdict === verdict).length
  const sum = `${count('HOLDS')} hold, ${count('DIFFERS')} differ, ${count('UNKNOWN')} unknown`
  return `${[...rows.map((lines) => lines.join('\n')), sum].join('\n\n')}\n`
}
