import { unknownDeliveryText } from '../../audit/unknown-deliveries.ts'
import { formatDuration } from '../../calendar/format.ts'
import type { Config } from '../../config/config.ts'
import { behindLine } from '../../model/behind.ts'
import { counted } from '../../model/counts.ts'
import { freshText } from '../../model/handover.ts'
import { secretKeyOf } from '../../model/identity.ts'
import { commandFor } from '../../model/pasteable.ts'
import { adviceOn, REASONS } from '../../model/reasons.ts'
import type { Rotation } from '../../model/rotation.ts'
import { oneLine } from '../../model/text.ts'
import { iso } from '../../model/time.ts'
import { remedyOf } from '../../notify/findings-text.ts'
import { adoptionText } from '../../report/adoption.ts'
import { objectiveText } from '../../report/objective.ts'
import { endOf } from '../../report/readings.ts'
import type { Standing } from '../../report/standing.ts'
import type { Trouble } from './api-types.ts'
import { type LinksTo, linksTo } from './links.ts'

type Situation = {
  config: Config /** Undefined: no links to AWS. */
  region: string | undefined
  now: number
}

/** The same with where its links lead. */
type Known = Situation & { linked: LinksTo }

/**
 * Everything that needs a person, one card a trouble: what nobody would notice, what has an end, then what went wrong,
 * the latest first. Pure: from what `status` goes by, in its words and those of the texts that people are sent.
 */
export function troublesOf(standing: Standing, situation: Situation): Trouble[] {
  const known = { ...situation, linked: linksTo(situation) }
  return [
    ...[unwatched, approvals, late, wrong, notHandedOver, unrecorded, paused, overdue, agesUnknown].flatMap(
      (of) => of(standing, known),
    ),
    ...[notFetched, stillBehind, laterThanObjective, cannotStart, unknownDeliveries, zoneData].flatMap((of) =>
      of(standing, known),
    ),
  ]
}

function unwatched({ unwatched: it }: Standing, { linked }: Known): Trouble[] {
  if (it === undefined) return []
  const { message, command, since } = it
  return [
    {
      ...{ key: 'unwatched', tone: 'bad', title: 'Not watched', happened: message, command },
      ...(since !== undefined && {
        since,
        todo: remedyOf('NOT_AUDITED', {}),
        ...linked.auditLog('audited'),
      }),
    },
  ]
}

function approvals({ approvals: all }: Standing): Trouble[] {
  return all.map((approval) => {
    const { approvalId, schedule, requestedAt, secrets, scheduledAt } = approval
    const what = secrets === undefined ? 'its secrets' : counted(secrets, 'secret')
    return {
      ...{ key: `approval ${approvalId}`, tone: 'warn', title: `${schedule} waits for a go-ahead` },
      ...{ since: requestedAt, until: approval.expiresAt, at: scheduledAt, schedule, approval },
      happened: [`It is to rotate ${what}.`, ...behindLine(approval.behind).map(oneLine)].join(' '),
      todo: `Answer. Without an answer nothing rotates: each secret is SKIPPED NOT_APPROVED.`,
    }
  })
}

function late({ underWay }: Standing, known: Known): Trouble[] {
  return underWay
    .filter((it) => it.late)
    .map(({ rotation }) => {
      const since = rotation.startedAt ?? rotation.scheduledAt
      const lasted = formatDuration(known.now - Date.parse(since))
      return {
        ...ofRotations([rotation], known),
        since,
        happened: `${rotation.status} for ${lasted}: it should have its outcome by now. Whether the secret has changed is not known.`,
        todo: 'See what it waits for: its timeline, its log. If its run has died, the audit writes its outcome, and tells.',
      }
    })
}

/** Those of one schedule that ended in the same way are one trouble: forty secrets of a broken function, or one for forty nights. */
function wrong({ wrong: all, holds }: Standing, known: Known): Trouble[] {
  const pausedNow = new Set(holds.filter(({ kind }) => kind === 'pause').map(({ scope }) => scope))
  const open = all
    .filter(({ mended }) => !mended)
    .map(({ rotation }) => rotation)
    // What a pause leaves out is told by the pause.
    .filter((it) => it.reason !== 'PAUSED' || !pausedNow.has(`secret/${it.secretName}`))
    .sort((a, b) => (endOf(a) < endOf(b) ? 1 : -1))
  const groups = Map.groupBy(open, ({ schedule, status, reason }) => [schedule, status, reason].join(' '))
  const isBlind = ([one]: Rotation[]) => Number(one?.reason === 'GATE_UNREADABLE')
  return [...groups.values()].sort((a, b) => isBlind(b) - isBlind(a)).map((group) => wrongCard(group, known))
}

function wrongCard(group: Rotation[], known: Known): Trouble {
  const { stage } = known.config
  const [latest] = group as [Rotation]
  const secrets = new Set(group.map(({ secretName }) => secretName))
  const { schedule, reason, message } = latest
  const advice = adviceOn(reason, { stage, schedule, secret: secrets.size === 1 ? latest.secret : undefined })
  const times = group.length > 1 ? `${group.length} rotations in 24 h. ` : ''
  return {
    ...ofRotations(group, known),
    since: group.map(endOf).sort()[0] ?? endOf(latest),
    happened: times + (message ?? advice?.meaning ?? 'No reason is known.'),
    ...(advice && { todo: advice.remedy }),
    again: againOf(schedule, [...secrets], known),
  }
}

/** How to rotate these again: within their schedule, with its hooks and holds, where that names them all. */
function againOf(schedule: string, names: string[], { config }: Known): Trouble['again'] {
  const own = config.schedules.find(({ name }) => name === schedule)
  const written = names.map((name) => own?.secrets.find((it) => secretKeyOf(it, own.place) === name))
  const isWhole = written.every((it) => it !== undefined)
  return { secrets: written.map((it, index) => it ?? names[index] ?? ''), ...(isWhole && { schedule }) }
}

/** What every card about rotations has: of one way to end, in one schedule. */
function ofRotations(
  group: Rotation[],
  { linked }: Known,
): Pick<Trouble, 'key' | 'tone' | 'title' | 'status' | 'reason' | 'schedule' | 'rotations'> {
  const [one] = group as [Rotation]
  const { schedule, status, reason } = one
  const latest = new Map<string, Rotation>()
  for (const it of group) if (!latest.has(it.secretName)) latest.set(it.secretName, it)
  const title = latest.size === 1 ? one.secretName : `${latest.size} secrets of ${schedule}`
  const rotations = [...latest.values()].map(({ rotationId, secretName }) => ({ rotationId, secretName }))
  return {
    ...{ key: [schedule, status, reason].join(' ') + one.rotationId, tone: 'bad', title, status, schedule },
    ...{ rotations, ...(reason !== undefined && { reason }) },
    ...linked.rotation(one, latest.size === 1),
  }
}

function unrecorded({ unrecorded: all }: Standing, known: Known): Trouble[] {
  const { stage } = known.config
  const groups = Map.groupBy(all, ({ schedule, at }) => `${schedule} ${at}`)
  return [...groups].flatMap(([key, group]) => {
    const [one] = group
    if (one === undefined) return []
    const { schedule, at, why } = one
    const names = group.map(({ secretName }) => secretName ?? 'its secrets')
    const title = names.length === 1 ? (one.secretName ?? schedule) : `${names.length} secrets of ${schedule}`
    return {
      ...{ key: `unrecorded ${key}`, tone: 'bad' as const, title: `${title}: no record`, schedule },
      since: iso(at),
      happened: `${why ?? 'It was due, and the ledger has no record of it'}: whether it rotated is not known.${names.length > 1 ? ` ${names.join(', ')}` : ''}`,
      todo: remedyOf('UNACCOUNTED', { stage, schedule }),
      again: one.secretName === undefined ? { schedule } : againOf(schedule, names, known),
      ...known.linked.auditLog('found'),
    }
  })
}

function paused({ holds }: Standing, { config: { stage } }: Known): Trouble[] {
  const pauses = holds.filter(({ kind }) => kind === 'pause')
  const groups = Map.groupBy(pauses, ({ schedule = '' }) => schedule)
  return [...groups].map(([schedule, group]) => {
    const names = group.map(({ scope }) => scope.replace('secret/', ''))
    const secret = names.length === 1 ? names[0] : undefined
    const since = group.map(({ placedAt }) => placedAt).sort()[0]
    return {
      ...{ key: `paused ${schedule}`, tone: 'bad', schedule, pauses: group },
      title: `${secret ?? `${names.length} secrets of ${schedule}`}: paused`,
      ...(since !== undefined && { since }),
      happened: group
        .map(({ reason, scope }) => (secret ? reason : `${scope.slice(7)}: ${reason}`))
        .join('. '),
      todo: adviceOn('PAUSED', { stage, schedule, secret })?.remedy ?? REASONS.PAUSED.remedy,
    }
  })
}

function overdue({ ages }: Standing, known: Known): Trouble[] {
  const { stage } = known.config
  const listed = ages.overdue.map(({ secretName, schedule, maxAgeMs, lastChange }): Trouble => {
    const age = formatDuration(maxAgeMs)
    return {
      ...{ key: `overdue ${secretName}`, tone: 'bad', title: `${secretName} is overdue`, schedule },
      since: iso(lastChange + maxAgeMs),
      happened: `${schedule} lets it be ${age} old; it changed last at ${iso(lastChange)}.`,
      todo: remedyOf('OVERDUE', { stage, schedule, secret: secretName }),
      again: againOf(schedule, [secretName], known),
      ...known.linked.secret(secretName, schedule),
    }
  })
  if (ages.more === 0) return listed
  const more = `${ages.more} more secrets are overdue`
  return [
    ...listed,
    {
      key: 'overdue',
      tone: 'bad',
      title: more,
      happened: 'doctor names them all.',
      command: commandFor(stage, 'doctor'),
    },
  ]
}

function agesUnknown({ ages }: Standing, { config: { stage } }: Known): Trouble[] {
  if (ages.unknown === undefined) return []
  return [
    {
      ...{ key: 'ages', tone: 'bad', title: 'Not known how old secrets are', happened: ages.unknown },
      ...{ todo: 'See what keeps them from being seen.', command: commandFor(stage, 'doctor') },
    },
  ]
}

/** What a handover comes to that left somebody behind; and until when the old value works. */
function notHandedOver({ handovers, oldLogins }: Standing, known: Known): Trouble[] {
  const { stage } = known.config
  return handovers.map((rotation) => {
    const { rotationId, secretName, schedule, secret, handover, rotatedAt } = rotation
    return {
      ...{ key: `handover ${rotationId}`, tone: 'bad' as const, schedule },
      title: `${secretName}: not handed over`,
      ...(rotatedAt !== undefined && { since: rotatedAt }),
      happened: `${handover && freshText(handover)}.${oldLoginOf(oldLogins[rotationId])}`,
      ...(handover && { handover }),
      todo: remedyOf('HANDOVER', { stage, schedule, secret }),
      command: commandFor(stage, 'undo', rotationId),
      rotations: [{ rotationId, secretName }],
      ...known.linked.rotation(rotation, true),
    }
  })
}

function oldLoginOf(text: string | undefined): string {
  return text === undefined ? '' : ` The login of before: ${text}.`
}

function laterThanObjective({ objectives }: Standing, { config: { stage } }: Known): Trouble[] {
  return objectives.map((it) => ({
    ...{ key: `objective ${it.schedule} ${it.scheduledAt}`, tone: 'warn', schedule: it.schedule },
    ...{ title: `${it.schedule}: later than its objective`, since: it.scheduledAt },
    happened: `${objectiveText(it)}.`,
    todo: remedyOf('OBJECTIVE_MISSED', { stage, schedule: it.schedule }),
  }))
}

/** As of when the audit judged it; whoever fetches later is told by the command. */
function notFetched({ adoptions, oldLogins }: Standing, { config: { stage }, linked }: Known): Trouble[] {
  return adoptions.map(({ secretName, schedule, rotationId, adoption }) => ({
    ...{ key: `adoption ${rotationId}`, tone: 'warn', schedule },
    ...{ title: `${secretName}: not seen to be fetched by all`, since: adoption.at },
    happened: `${adoptionText(adoption)}.${oldLoginOf(oldLogins[rotationId])}`,
    todo: remedyOf(adoption.unknown === undefined ? 'NOT_FETCHED' : 'ADOPTION_UNKNOWN', {
      ...{ stage, schedule, secret: secretName },
    }),
    ...linked.secret(secretName, schedule),
  }))
}

function stillBehind({ behind }: Standing, { config: { stage }, linked }: Known): Trouble[] {
  return behind.map(({ secretName, schedule, at, message }) => ({
    ...{ key: `behind ${secretName} ${at}`, tone: 'warn', schedule, at },
    ...{ title: `${secretName}: still behind`, happened: `${message}.` },
    todo: remedyOf('STILL_BEHIND', { stage, schedule, secret: secretName }),
    ...linked.secret(secretName, schedule),
  }))
}

function cannotStart({ planned }: Standing): Trouble[] {
  return planned.flatMap(({ requestId, problem, schedule, secrets, at }) =>
    problem === undefined
      ? []
      : {
          ...{ key: `planned ${requestId}`, tone: 'warn' as const, at: iso(at), cancel: requestId },
          title: `${secrets.join(', ') || schedule}: the planned run cannot start`,
          happened: problem,
          todo: 'Deploy a config that has it, or cancel it.',
        },
  )
}

function unknownDeliveries({ unknownDeliveries: all }: Standing, { config: { stage } }: Known): Trouble[] {
  return all.map((it) => ({
    ...{ key: `delivery ${it.schedule} ${it.deliveredFor}`, tone: 'warn', schedule: it.schedule },
    ...{ title: `${it.schedule}: delivered for an unknown instant`, since: it.deliveredFor },
    happened: unknownDeliveryText(it),
    todo: remedyOf('UNKNOWN_DELIVERY', { stage }),
  }))
}

function zoneData({ moved }: Standing): Trouble[] {
  return moved.map(({ schedule, at, message }) => ({
    ...{ key: `zone ${schedule}`, tone: 'warn', schedule, at: iso(at) },
    ...{ title: `${schedule}: zone data disagree`, happened: oneLine(message) },
  }))
}
