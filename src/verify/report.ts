import { FACTS } from '../model/facts.ts'
import type { Finding } from './verify.ts'

export type About = { release: string; region: string; zoneData: string; node: string; day: string }

/**
 * What was seen, for people who do not know this account: nothing that names it. Words of ours and measurements stand
 * here, and no text of AWS's but names of errors and fields; whatever looks like an account, an ARN, an id or one of our
 * names is struck out besides.
 */
export function reportOf(findings: Finding[], { release, region, zoneData, node, day }: About): string {
  const lines = [
    '# Facts of an AWS account, by `aws-tourbillon verify`',
    '',
    `aws-tourbillon ${release} · ${region} · ${day} · zone data ${zoneData}, Node ${node}`,
    '',
    ...findings.flatMap(({ name, verdict, message, why, error = why, seen }) => [
      `## ${name}: ${verdict}`,
      '',
      `${FACTS[name].question} ${anonymous(message)}`,
      ...(error === undefined ? [] : ['', `Why unknown: ${anonymous(error)}`]),
      ...(seen === undefined ? [] : ['', '```json', anonymous(JSON.stringify(seen)), '```']),
      '',
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** In the order in which one may hold another. */
const NAMING: [RegExp, string][] = [
  [/arn:[^\s"'`,)]+/g, 'ARN'],
  [/[\w-]*tourbillon-[\w-]+/g, 'NAME'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, 'ID'],
  [/\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b/g, 'ID'],
  [/(?<!\d)\d{12}(?!\d)/g, 'ACCOUNT'],
  [/[\w.+-]+@[\w-]+\.[\w.]+/g, 'ADDRESS'],
]

function anonymous(text: string): string {
  return NAMING.reduce((left, [pattern, word]) => left.replaceAll(pattern, word), text)
}
