import { formatPreciseDuration } from '../calendar/format.ts'
import { wallClock } from '../calendar/wall-clock.ts'
import { type Config, zoneOf } from '../config/config.ts'
import { callerText } from '../model/caller.ts'
import { CannotDo } from '../model/errors.ts'
import { handoverLine } from '../model/handover.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'
import { adviceOn } from '../model/reasons.ts'
import type { Rotation } from '../model/rotation.ts'
import { secretNameInOption } from '../model/secret.ts'
import { oneLine } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { findRotations, unknownIn, type Which } from '../operate/history.ts'
import { oldLoginLine } from '../operate/old-login.ts'
import { stoppedBy } from '../operate/stopped-by.ts'
import { adoptionText } from '../report/adoption.ts'
import { type Moment, timelineOf } from '../report/timeline.ts'
import { paint } from './colors.ts'
import { type Arguments, type Command, jsonText, type Terminal } from './command.ts'
import { localText, utcText, zoneOption } from './instants.ts'
import { indented, labelled } from './layout.ts'
import { stageOption, validConfig } from './load-config.ts'
import { openProgress } from './progress.ts'
import { rotationIdIn } from './rotation-id.ts'
import { paintedStatus, rotationTable } from './rotation-table.ts'

export const show: Command = {
  name: 'show',
  summary: 'one rotation: everything that happened to it, with times',
  help: `Usage: aws-tourbillon show --stage NAME ID [--timezone ZONE] [--json]
       aws-tourbillon show --stage NAME --secret ID

The timeline of one rotation with the gap between one thing and the next, how it ended, what to do,
and what it is known by elsewhere.

  ID               the rotation's id, or its beginning, as npx aws-tourbillon history has it. In full it is
                   also the ClientRequestToken, and the id of the version; that of a version which others
                   made is found, too
  --secret ID      of this secret, by name or ARN, what ended last or is under way
  --timezone ZONE  the timeline by this clock, an IANA name; default UTC
  --json           the rotation as the ledger has it

Exit status: 0 shown; 1 there is no such rotation, or more than one; 2 the ledger could not be read.
Example: npx aws-tourbillon show --stage prod 28e2bcee
`,
  options: { secret: { type: 'string' }, timezone: { type: 'string' } },
  async run(args, terminal) {
    const which = whichOf(args)
    const zone = zoneOption(args)
    const config = await validConfig(args, terminal)
    const [rotation, ...others] = await findRotations(config, which, terminal.now(), openProgress(terminal))
    if (rotation === undefined) {
      const unknown = 'secret' in which ? unknownIn(which, config) : undefined
      const hint = unknown?.hint ?? `${commandFor(stageOption(args), 'history')} has ids`
      const message = unknown?.message ?? `no such rotation in the ledger of ${config.stage}`
      terminal.err(`${message}\n    hint: ${hint}\n`)
      return 1
    }
    if (others.length > 0) {
      const all = [rotation, ...others]
      terminal.err(`${all.length} rotations may be meant: which?\n${rotationTable(all, terminal, zone)}`)
      return 1
    }
    if (args.values.json) terminal.out(jsonText(rotation))
    else {
      const [oldLogin, stopped] = [
        await oldLoginLine(config, rotation, terminal.now()),
        await stoppedBy(rotation, config.stage, terminal.now()),
      ]
      terminal.out(textOf({ rotation, config, stage: stageOption(args), zone, oldLogin, stopped }, terminal))
    }
    return 0
  },
}

function whichOf({ values: { secret }, positionals }: Arguments): Which {
  const [id, more] = positionals
  if (more !== undefined) throw new CannotDo(`unexpected "${more}"`, { hint: 'one rotation at a time' })
  if ((id === undefined) === (secret === undefined)) {
    throw new CannotDo('which rotation?', { hint: 'its ID, or --secret ID for the latest of a secret' })
  }
  if (id === undefined) return { secret: secretNameInOption(String(secret)) }
  return rotationIdIn(id)
}

/** `stopped`: by whom, where a person has kept it from rotating. */
type Shown = {
  rotation: Rotation
  config: Config
  stage: StageOption
  zone: string | undefined
  oldLogin: string | undefined
  stopped: string | undefined
}

function textOf(shown: Shown, terminal: Terminal): string {
  const { rotation, stage, zone } = shown
  const { status, reason, late, schedule, secret } = rotation
  const outcome = [paintedStatus(status, terminal), reason, late && '(late)'].filter(Boolean).join(' ')
  const known = adviceOn(reason, { stage, schedule, secret })
  const advice = known === undefined ? [] : [known.meaning, `What to do: ${known.remedy}`, '']
  return [
    `${rotation.secretName}  ${outcome}`,
    '',
    ...timelineText(timelineOf(rotation, terminal.now()), zone, terminal),
    '',
    ...advice.flatMap((text) => indented(text, 0, terminal.columns)),
    ...factsText(factsOf(shown, terminal.now()), terminal.columns),
    '',
  ].join('\n')
}

const TONES = { good: 32, bad: 31, quiet: 2 }

/** The date where it changes, the time to the millisecond, the gap to the line above. `zone`: by whose clock, not UTC. */
function timelineText(moments: Moment[], zone: string | undefined, { color, columns }: Terminal): string[] {
  const clock = zone === undefined ? undefined : wallClock(zone)
  const local = ({ at }: Moment) => iso(Date.parse(at) + (clock?.offsetAt(Date.parse(at)) ?? 0))
  let before = ''
  return moments.flatMap((moment) => {
    const { what, gapMs, tone } = moment
    const at = local(moment)
    const day = at.slice(0, 10)
    const head = day === before ? [] : [`${day} ${zone ?? 'UTC'}`]
    before = day
    const gap = gapMs === undefined ? '' : `+${formatPreciseDuration(gapMs)}`
    const label = `${at.slice(11, 23)}  ${gap.padStart(11)}  `
    return [
      ...head,
      ...labelled(label, what, columns, (text) => (tone ? paint(TONES[tone], text, { color }) : text)),
    ]
  })
}

function factsOf(
  { rotation, config, zone, oldLogin, stopped }: Shown,
  now: number,
): [string, string | undefined][] {
  const { trigger, caller, requester, requestReason, skewMs, durationMs, adopted, attempts } = rotation
  const timezone = zone ?? zoneOf(rotation.schedule, config)
  const at = Date.parse(rotation.scheduledAt)
  const utc = timezone === 'UTC' ? '' : `, ${utcText(at)}`
  const version = rotation.versionId
  // What never came to be measured is left out, what escaped us is said.
  const unseen = rotation.status === 'SUCCEEDED' ? 'not observed' : undefined
  const measured = (ms: number | undefined) => (ms === undefined ? unseen : formatPreciseDuration(ms))
  const about = config.schedules.find(({ name }) => name === rotation.schedule)
  return [
    ['schedule', `${rotation.schedule}, ${localText(at, timezone, now)}${utc}`],
    ['for', about?.description],
    ['owner', about?.owner],
    ['runbook', about?.runbook],
    ['trigger', trigger],
    ['moved', rotation.moved && `from ${rotation.moved.from} (exception ${rotation.moved.id})`],
    ['asked by', requester && said(requester, requestReason)],
    ['who', caller && callerText(caller)],
    ['stopped by', stopped],
    ...goAhead(rotation),
    ['skew', measured(skewMs)],
    ['took', measured(durationMs)],
    ['saw', sawText(rotation)],
    ['attempts', attempts && `${attempts.length} of at most ${(rotation.limits?.retries ?? 0) + 1}`],
    ['handover', handoverLine(rotation.handover, Number.POSITIVE_INFINITY)],
    ['fetched', rotation.adoption && adoptionText(rotation.adoption)],
    ['old login', oldLogin],
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

/** Nothing where an earlier release ran it. */
function sawText({ saw, zoneData }: Rotation): string | undefined {
  if (saw === undefined) return undefined
  const late = (what: string, ms: number | undefined) =>
    ms === undefined ? [] : [`${what} ${formatPreciseDuration(Math.abs(ms))} ${ms < 0 ? 'early' : 'late'}`]
  const words = [...late('delivered', saw.deliveredLateMs), ...late('woke', saw.wokeLateMs)]
  const data = zoneData === undefined ? [] : [`zone data ${zoneData}`]
  return [...words, `Node ${saw.node}`, ...data].join(', ')
}

function goAhead({ override, overrideApproval, approval }: Rotation): [string, string | undefined][] {
  return [
    ['override', override && `of freezes and holds: ${override}`],
    ['no approval', overrideApproval && `overridden: ${overrideApproval}`],
    ['approved', approvedText(approval)],
  ]
}

function approvedText(approval: Rotation['approval']): string | undefined {
  if (!approval) return undefined
  const { by, reason, caller } = approval
  return `by ${said(by, reason)}${caller ? ` (${callerText(caller)})` : ''}`
}

function said(who: string, why: string | undefined): string {
  return why === undefined ? who : `${who}: ${why}`
}

function factsText(facts: [string, string | undefined][], columns: number): string[] {
  return facts.flatMap(([name, value]) => {
    if (value === undefined) return []
    return labelled(name.padEnd(11), oneLine(value), columns)
  })
}
