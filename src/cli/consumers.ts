import { principalText } from '../model/adoption.ts'
import { CONSUMERS } from '../model/consumers.ts'
import { CannotDo } from '../model/errors.ts'
import { commandFor } from '../model/pasteable.ts'
import { secretNameInOption } from '../model/secret.ts'
import { type ConsumersOf, consumersIn } from '../operate/consumers.ts'
import { findConsumers } from '../operate/find-consumers.ts'
import { adoptionText, agoText } from '../report/adoption.ts'
import { type Command, jsonText, noPositionals, type Terminal } from './command.ts'
import { foundText, isAnswer } from './consumers-found.ts'
import { columnsOf, indented } from './layout.ts'
import { stageOption, validStage } from './load-config.ts'
import { openProgress } from './progress.ts'

export const consumers: Command = {
  name: 'consumers',
  summary: 'who uses a secret, and who has fetched it since it rotated',
  help: `Usage: aws-tourbillon consumers --stage NAME --secret ID [--find] [--json]

Who uses the secret as the config says (consumers:), and how each takes a new value. Where a schedule asks
for it (adoption:), also who was seen to fetch it, and who was not since it last rotated: by CloudTrail's
records, which come minutes late. Who has fetched may still use a copy of before; whoever has a copy, a
cache or a proxy, does not fetch. No value is read.

  --secret ID      by name or ARN
  --find           looks in AWS instead, as you: ECS services whose task definition names it, RDS Proxies
                   that use it, who fetched it in 30 days by CloudTrail's Event history (it takes two requests
                   a second: a minute, three at most); and prints entries for consumers:. Nothing is kept.
  --json           the same for machines

Exit status: 0 all that are known have fetched since, or it has not rotated, or no schedule asks; 1 somebody
has not been seen to, or that is not known; with --find 0 somebody was found and all could be looked at,
else 1; 2 no schedule names the secret, or the ledger could not be read.
Example: npx aws-tourbillon consumers --stage prod --secret prod/orders/db
`,
  options: { secret: { type: 'string' }, find: { type: 'boolean' } },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --secret ${word}?`)
    if (args.values.secret === undefined) throw new CannotDo('of which secret?', { hint: '--secret ID' })
    const secret = secretNameInOption(String(args.values.secret))
    const { config, columnAt } = await validStage(args, terminal)
    if (args.values.find) {
      const found = await findConsumers(config, secret, {
        now: terminal.now,
        progress: openProgress(terminal),
      })
      terminal.out(args.values.json ? jsonText(found) : foundText(found, columnAt, terminal))
      return isAnswer(found) ? 0 : 1
    }
    const found = await consumersIn(config, secret, terminal.now())
    if (args.values.json) terminal.out(jsonText(found))
    else terminal.out(textOf(found, terminal))
    if (found.rotation !== undefined && !args.values.json)
      terminal.err(`${commandFor(stageOption(args), 'show', found.rotation.rotationId)}\n`)
    return found.adoption === undefined || isWell(found.adoption) ? 0 : 1
  },
}

function isWell({ known, fetched, unknown }: NonNullable<ConsumersOf['adoption']>): boolean {
  return unknown === undefined && known === fetched
}

function textOf(found: ConsumersOf, { columns, now }: Terminal): string {
  const { declared, readers, rotation, adoption, watched, oldLogin } = found
  const at = now()
  // Of one user it is the same whatever the ledger has.
  const isSaid = found.alternating || oldLogin?.startsWith('not known')
  const rows = declared.map(({ kind, name, schedules }) => [
    ...[`  ${kind}`, name, CONSUMERS[kind].takes, schedules.join(', ')],
  ])
  const seen = readers.map(({ principal, lastSeen, sessions, rotates, person }) => [
    `  ${principalText(principal)}`,
    lastSeen === undefined ? 'never what was current' : `last fetched ${agoText(lastSeen, at)}`,
    rotates
      ? 'asks for AWSPENDING: a rotation function'
      : person
        ? 'a person’s role, which need not fetch'
        : sessions > 1
          ? 'several sessions'
          : '',
  ])
  const sections: string[][] = [
    declared.length === 0
      ? ['no consumers: of its schedule names who uses it']
      : ['USES IT, as the config says', ...columnsOf(rows, columns)],
    watched
      ? ['SEEN TO FETCH IT', ...(seen.length === 0 ? ['  nobody yet'] : columnsOf(seen, columns))]
      : ['who fetches it is not watched: adoption: { within: 24h } of its schedule asks for it'],
    ...(rotation === undefined || adoption === undefined
      ? watched
        ? [['it has not rotated yet, as far as the ledger goes: who has fetched since cannot be said']]
        : []
      : [
          [
            `SINCE IT ROTATED, ${agoText(rotation.rotatedAt ?? '', at)}`,
            ...indented(adoptionText(adoption), 2, columns),
          ],
        ]),
    ...(declared.length === 0 || isSaid
      ? []
      : [
          [
            'THE LOGIN OF BEFORE',
            ...indented(
              'one user: dead from setSecret of each rotation on (two that take turns? strategy: alternating)',
              2,
              columns,
            ),
          ],
        ]),
    ...(oldLogin === undefined || !isSaid
      ? []
      : [['THE LOGIN OF BEFORE', ...indented(oldLogin, 2, columns)]]),
  ]
  return `${found.secretName}\n\n${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}
