import { formatPreciseDuration } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { type Config, zoneOf } from '../config/config.ts'
import { CannotDo } from '../model/errors.ts'
import { ROTATION_ID } from '../model/identity.ts'
import { adviceOn } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'
import { secretNameInOption } from '../model/secret.ts'
import { oneLine } from '../model/text.ts'
import { findRotation } from '../operate/history.ts'
import { type Moment, timelineOf } from '../report/timeline.ts'
import { paint } from './colors.ts'
import { type Arguments, type Command, jsonText, type Terminal } from './command.ts'
import { dayText } from './instants.ts'
import { indented, labelled } from './layout.ts'
import { validConfig } from './load-config.ts'
import { paintedStatus } from './rotation-table.ts'

export const show: Command = {
  name: 'show',
  summary: 'one rotation: everything that happened to it, with times',
  help: `Usage: aws-tourbillon show --stage NAME ID
       aws-tourbillon show --stage NAME --secret ID

The timeline of one rotation with the gap between one thing and the next, how it ended, what to do,
and what it is known by elsewhere.

  ID            the rotation's id, in full: it is also its ClientRequestToken, and its version's id
  --secret ID   the latest rotation of this secret, by name or ARN
  --json        the rotation as the ledger has it

Exit status: 0 shown; 1 there is no such rotation; 2 the ledger could not be read.
Example: npx aws-tourbillon show --stage prod 28e2bcee-b53c-5469-acce-b9ca7dd84e52
`,
  options: { secret: { type: 'string' } },
  async run(args, terminal) {
    const which = whichOf(args)
    const config = await validConfig(args)
    const rotation = await findRotation(config, which)
    if (rotation === undefined) {
      terminal.err(
        `no such rotation in the ledger of ${config.stage}\n    hint: npx aws-tourbillon history --json has ids\n`,
      )
      return 1
    }
    if (args.values.json) terminal.out(jsonText(rotation))
    else terminal.out(textOf(rotation, config, terminal))
    return 0
  },
}

function whichOf({
  values: { secret },
  positionals,
}: Arguments): { rotationId: string } | { secret: string } {
  const [id, more] = positionals
  if (more !== undefined) throw new CannotDo(`unexpected "${more}"`, { hint: 'one rotation at a time' })
  if ((id === undefined) === (secret === undefined)) {
    throw new CannotDo('which rotation?', { hint: 'its ID, or --secret ID for the latest of a secret' })
  }
  if (id !== undefined) {
    if (!ROTATION_ID.test(id)) {
      throw new CannotDo(`"${id}" is no rotation's id`, {
        hint: 'ids are like 28e2bcee-b53c-5469-acce-b9ca7dd84e52, in full; for the latest of a secret, --secret',
      })
    }
    return { rotationId: id }
  }
  return { secret: secretNameInOption('secret', String(secret)) }
}

function textOf(rotation: Rotation, config: Config, terminal: Terminal): string {
  const { status, reason, late } = rotation
  const outcome = [paintedStatus(status, terminal), reason, late && '(late)'].filter(Boolean).join(' ')
  const known = adviceOn(reason)
  const advice = known === undefined ? [] : [known.meaning, `What to do: ${known.remedy}`, '']
  return [
    `${rotation.secretName}  ${outcome}`,
    '',
    ...timelineText(timelineOf(rotation, terminal.now()), terminal),
    '',
    ...advice.flatMap((text) => indented(text, 0, terminal.columns)),
    ...factsText(factsOf(rotation, config), terminal.columns),
    '',
  ].join('\n')
}

const TONES = { good: 32, bad: 31, quiet: 2 }

/** The date where it changes, the time to the millisecond, the gap to the line above. All UTC. */
function timelineText(moments: Moment[], { color, columns }: Terminal): string[] {
  return moments.flatMap(({ at, what, gapMs, tone }, index) => {
    const day = at.slice(0, 10)
    const before = moments[index - 1]?.at.slice(0, 10)
    const gap = gapMs === undefined ? '' : `+${formatPreciseDuration(gapMs)}`
    const label = `${at.slice(11, 23)}  ${gap.padStart(11)}  `
    return [
      ...(day === before ? [] : [`${day} UTC`]),
      ...labelled(label, what, columns, (text) => (tone ? paint(TONES[tone], text, { color }) : text)),
    ]
  })
}

function factsOf(rotation: Rotation, config: Config): [string, string | undefined][] {
  const { trigger, requester, requestReason, override, approval, skewMs, durationMs, adopted } = rotation
  const timezone = zoneOf(rotation.schedule, config)
  const at = Date.parse(rotation.scheduledAt)
  const local = `${dayText(at + wallClock(timezone).offsetAt(at))} ${timezone}`
  const version = rotation.versionId
  // What never came to be measured is left out, what escaped us is said.
  const unseen = rotation.status === 'SUCCEEDED' ? 'not observed' : undefined
  const measured = (ms: number | undefined) => (ms === undefined ? unseen : formatPreciseDuration(ms))
  const about = config.schedules.find(({ name }) => name === rotation.schedule)
  return [
    ['schedule', `${rotation.schedule}, ${local}`],
    ['for', about?.description],
    ['owner', about?.owner],
    ['runbook', about?.runbook],
    ['trigger', trigger],
    ['asked by', requester && `${requester}${requestReason === undefined ? '' : `: ${requestReason}`}`],
    ['override', override && `of freezes and holds: ${override}`],
    [
      'approved',
      approval && `by ${approval.by}${approval.reason === undefined ? '' : `: ${approval.reason}`}`,
    ],
    ['skew', measured(skewMs)],
    ['took', measured(durationMs)],
    ['rotation', rotation.rotationId],
    [
      'version',
      version && `${version === rotation.rotationId ? 'the same' : version}${adopted ? ', adopted' : ''}`,
    ],
    ['before', rotation.previousVersionId],
    ['secret', rotation.secretArn ?? `${rotation.secret} (its ARN was not observed)`],
    ['execution', rotation.executionArn],
    [
      'config',
      `${rotation.configVersion}${rotation.configVersion === config.version ? '' : `; here it is ${config.version}`}`,
    ],
  ]
}

function factsText(facts: [string, string | undefined][], columns: number): string[] {
  return facts.flatMap(([name, value]) => {
    if (value === undefined) return []
    return labelled(name.padEnd(11), oneLine(value), columns)
  })
}
