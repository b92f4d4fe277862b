import { readInstant } from '../calendar/instant.ts'
import type { ApprovalRule, Config, Schedule } from '../config/config.ts'
import { oneOf } from '../config/suggest.ts'
import { RequestError } from '../model/errors.ts'
import { isRefreshed } from '../model/handover.ts'
import { hooksOf } from '../model/hooks.ts'
import { requestIdOf, rotationIdOf } from '../model/identity.ts'
import { isSameSecret, placeKey } from '../model/place.ts'
import { ON_DEMAND } from '../model/resource-names.ts'
import { partialArn, secretNameOf } from '../model/secret.ts'
import { formatSelector, type Selector, selects } from '../model/selector.ts'
import { capital } from '../model/text.ts'
import { iso } from '../model/time.ts'
import { meaningOf } from './delivery.ts'
import type { UnresolvedWave, Wave } from './wave.ts'

/**
 * What EventBridge Scheduler sends: `scheduledAt` is its `<aws.scheduler.scheduled-time>`, and the calendar says which
 * occurrence that is for.
 */
export type ScheduledRequest = {
  schedule: string
  scheduledAt: string
  /** An early companion's: it fires this long before the instant that it is for. */
  leadSeconds?: number
  /** The audit's: nothing had started the occurrence. Its rotations have the same identity. */
  catchUp?: true
}

/** What `rotateNow` sends. */
export type OnDemandRequest = {
  requestId: string
  /** ISO instant. */
  scheduledAt: string
  schedule?: string
  secrets?: string[]
  requester?: string
  reason?: string
  /** Why freezes and holds do not count this time. */
  override?: string
  /** The audit's alone: it is no wish of its own but the schedule's occurrence of this instant (ISO), moved. */
  movedFrom?: string
  /** Why nobody else's go-ahead is waited for, where its schedule wants one. */
  overrideApproval?: string
}

/**
 * What exactly a request asks for, as `caller#` keeps it: another payload under its id, by whoever may write it, is not
 * what that person asked for.
 */
export function askedIdOf(request: OnDemandRequest): string {
  const { requestId, scheduledAt, schedule, secrets, override, overrideApproval } = request
  return requestIdOf([requestId, scheduledAt, schedule, secrets, override, overrideApproval])
}

export type RotateRequest = ScheduledRequest | OnDemandRequest

/** The wave that a request asks for. Throws RequestError where the config does not know what it names. */
export function waveOf(request: RotateRequest, config: Config): Wave | UnresolvedWave {
  if (!('requestId' in request)) return scheduledWave(request, config)
  const { movedFrom: from } = request
  return from === undefined ? onDemandWave(request, config) : movedWave(request, from, config)
}

/**
 * Ids of a wave's rotations, in the order of its secrets: known before anything has happened. Undefined where a
 * selector is still to choose the secrets.
 */
export function rotationIdsOf(
  wave: Wave | UnresolvedWave,
): { secret: string; rotationId: string }[] | undefined {
  if ('select' in wave) return undefined
  return wave.secrets.map((secret) => ({
    secret,
    rotationId: rotationIdOf(wave.name, secret, wave.occasion),
  }))
}

function scheduledWave(request: ScheduledRequest, config: Config): Wave | UnresolvedWave {
  const schedule = scheduleNamed(request.schedule, config)
  const read = readInstant(request.scheduledAt)
  if ('problem' in read) throw new RequestError(`"${request.scheduledAt}" ${read.problem}: ${read.hint}`)
  const early = request.leadSeconds !== undefined
  const delivered = read.at + (request.leadSeconds ?? 0) * 1_000
  const { is, occurrence } = meaningOf(schedule, delivered, { early })
  const scheduledAt = iso(occurrence ?? delivered)
  return {
    name: schedule.name,
    schedule,
    ...(occurrence === undefined ? { secrets: [] } : secretsOf(schedule)),
    scheduledAt,
    occasion: scheduledAt,
    trigger: request.catchUp ? 'CATCH_UP' : 'SCHEDULE',
    ...(!request.catchUp && { dueAt: iso(read.at) }),
    ...(is !== 'DUE' && { delivery: { for: iso(delivered), is } }),
    ...termsOf(schedule),
  }
}

/** As its schedule would have it, at another instant. Its own identity is the move's: the old instant keeps its own. */
function movedWave(request: OnDemandRequest, from: string, config: Config): Wave | UnresolvedWave {
  const { requestId, scheduledAt, requester, reason } = request
  const schedule = scheduleNamed(request.schedule ?? '', config)
  return {
    name: schedule.name,
    schedule,
    ...secretsOf(schedule),
    scheduledAt,
    occasion: requestId,
    trigger: 'SCHEDULE',
    moved: { from, id: requestId },
    ...{ requester, requestReason: reason },
    ...termsOf(schedule),
  }
}

/** The secrets of a schedule, or what will choose them. */
function secretsOf({ secrets, select }: Schedule): { secrets: string[] } | { select: Selector } {
  return select ? { select } : { secrets }
}

function onDemandWave(request: OnDemandRequest, config: Config): Wave | UnresolvedWave {
  const schedule = request.schedule === undefined ? undefined : scheduleNamed(request.schedule, config)
  const named = request.secrets && asConfigured(request.secrets, schedule ? [schedule] : config.schedules)
  const secrets = named ?? schedule?.secrets ?? []
  const foreign = secrets.find((secret) => !config.schedules.some((it) => hasSecret(it, secret)))
  const select = request.secrets === undefined ? schedule?.select : undefined
  if (secrets.length === 0 && !select) throw new RequestError('name a schedule, or at least one secret')
  // What a selector chooses is known to AWS alone.
  if (foreign !== undefined && !config.schedules.some((it) => it.select)) {
    // Permissions follow the config, so AWS would refuse it anyway; say so before anything starts.
    throw new RequestError(
      `"${foreign}" is in no schedule of stage ${config.stage}: only configured secrets can be rotated. ${capital(oneOf(foreign, [...new Set(config.schedules.flatMap((it) => it.secrets))]))}`,
    )
  }
  if (schedule && named) refuseStrays(named, schedule, config)
  const limits = schedule ?? whatCovers(secrets, config)
  return {
    name: schedule?.name ?? ON_DEMAND,
    schedule,
    ...(select ? { select } : { secrets }),
    scheduledAt: request.scheduledAt,
    occasion: request.requestId,
    trigger: 'ON_DEMAND',
    requester: request.requester,
    requestReason: request.reason,
    override: request.override,
    asked: askedIdOf(request),
    overrideApproval: request.overrideApproval,
    secondPerson: approvalOf(limits, request, secrets, config),
    ...canariesAside(request, termsOf(limits)),
  }
}

/** Whoever names a schedule chooses under which freezes, calendars and hooks: those of its own secrets. Throws RequestError. */
function refuseStrays(asked: string[], schedule: Schedule, { schedules }: Config): void {
  const { name, select, secrets, place } = schedule
  const own = (secret: string) =>
    select
      ? selects({ prefix: select.prefix ?? '' }, { Name: secretNameOf(secret) })
      : hasSecret(schedule, secret)
  const stray = asked.find((secret) => !own(secret))
  if (stray !== undefined) {
    const has = select ? `what matches ${formatSelector(select)}` : secrets.join(', ')
    throw new RequestError(`"${stray}" is not in schedule ${name}. It has ${has}`)
  }
  if (!select) return
  const lists = schedules.filter((it) => !it.select && placeKey(it.place) === placeKey(place))
  for (const secret of asked) {
    const theirs = lists.find((it) => hasSecret(it, secret))
    if (theirs) throw new RequestError(`"${secret}" is in schedule ${theirs.name}: name that one, or none`)
  }
}

/** Whether a selector chooses the secrets that are named nobody has looked: another's approval may be theirs. */
function approvalOf(
  { select, approval }: Limits,
  { secrets: named }: OnDemandRequest,
  secrets: string[],
  config: Config,
): ApprovalRule | undefined {
  if (!select || !named) return approval
  return longestApproval([{ approval }, ...mayHave(secrets, config)])
}

/** Who names secrets has chosen which go first. */
function canariesAside({ secrets }: OnDemandRequest, { canary, ...terms }: ReturnType<typeof termsOf>) {
  return { ...terms, ...(canary && !secrets && { canary }) }
}

/** Is a secret one of the schedule's, by name or ARN, whichever of them the config has? */
export function hasSecret({ secrets, place }: Pick<Schedule, 'secrets' | 'place'>, secret: string): boolean {
  return secrets.some((one) => isSameSecret(one, secret, place))
}

/**
 * The secrets that are asked for, each once. One that is asked for by name goes by the ARN that the config has of it. An
 * ARN stays as it is: should the config's name be of another account, it is AWS that must say so. Throws RequestError.
 */
function asConfigured(asked: string[], schedules: Schedule[]): string[] {
  const secrets = asked.map((secret) => {
    const partial = partialArn(secret)
    const found = new Set(
      schedules.flatMap((it) => it.secrets.filter((one) => isSameSecret(one, secret, it.place))),
    )
    if (partial && !found.has(secret))
      throw new RequestError(`"${secret}" ${partial.problem}: ${partial.hint}`)
    const [only, other] = found
    if (found.has(secret) || only === undefined || secret.startsWith('arn:')) return secret
    if (other !== undefined) {
      throw new RequestError(
        `"${secret}" may be one of ${[...found].join(', ')}: write the one that is meant`,
      )
    }
    return only
  })
  // One name is one rotation: of two secrets of one name, in two accounts, one would be left out without a word.
  const arns = secrets.filter((secret) => secret.startsWith('arn:'))
  for (const one of arns) {
    const namesake = arns.find((it) => it !== one && secretNameOf(it) === secretNameOf(one))
    if (namesake !== undefined)
      throw new RequestError(`${one} and ${namesake} have one name: ask for one of them at a time`)
  }
  return [...new Map(secrets.map((secret) => [secretNameOf(secret), secret])).values()]
}

/**
 * What binds rotations that are asked for by secret: every schedule that may have the secrets. Their calendars all
 * count, as do their place and hooks; of times the longest, of `concurrency` and `maxErrors` the least. There is at
 * least one such schedule: what is in none has been refused. Throws RequestError where they do not agree on the hooks,
 * or on the place: a name alone is then not one secret.
 */
function whatCovers(secrets: string[], config: Config): Limits {
  const theirs = mayHave(secrets, config)
  const places = new Map(theirs.map(({ place }) => [placeKey(place), place]))
  if (places.size > 1) {
    const names = theirs.map(
      ({ name, place }) => `${name} (${placeKey(place) || 'our own account and region'})`,
    )
    throw new RequestError(
      `${secrets.join(', ')}: more than one account or region: ${names.join(', ')}. Name one of these schedules too, and only its secrets`,
    )
  }
  const [place] = places.values()
  const changeCalendars = [...new Set(theirs.flatMap((it) => it.changeCalendars ?? []))]
  const hooks = new Set(theirs.map((it) => JSON.stringify(hooksOf(it))))
  if (hooks.size > 1) {
    const names = theirs.map(({ name }) => name).join(', ')
    throw new RequestError(
      `${secrets.join(', ')}: schedules with different hooks: ${names}. Name one of these too, and only its secrets`,
    )
  }
  const approval = longestApproval(theirs)
  const limits = theirs.flatMap((it) => it.maxErrors ?? [])
  return {
    ...(approval && { approval }),
    windowSeconds: Math.max(...theirs.map((it) => it.windowSeconds)),
    timeoutSeconds: Math.max(...theirs.map((it) => it.timeoutSeconds)),
    retries: Math.max(...theirs.map((it) => it.retries ?? 0)),
    concurrency: Math.min(...theirs.map((it) => it.concurrency)),
    ...(limits.length > 0 && { maxErrors: Math.min(...limits) }),
    // On demand that it is there says that a success ends pauses.
    pauseAfter: Math.max(...theirs.map((it) => it.pauseAfter ?? 0)),
    ...hooksOf(theirs[0] ?? {}),
    ...consumersIn(theirs),
    changeCalendars,
    ...(place && { place }),
  }
}

/** The schedules that have one of these, and those that may choose one that is in no list. */
function mayHave(secrets: string[], { schedules }: Config): Schedule[] {
  const selected = secrets.some((secret) => !schedules.some((it) => hasSecret(it, secret)))
  return schedules.filter((it) => (it.select ? selected : secrets.some((secret) => hasSecret(it, secret))))
}

function longestApproval(schedules: { approval?: ApprovalRule | undefined }[]): ApprovalRule | undefined {
  const rules = schedules.flatMap((it) => it.approval ?? [])
  return rules.sort((a, b) => b.timeoutSeconds - a.timeoutSeconds)[0]
}

/**
 * Everybody who uses secrets of these schedules, each by the secrets of its own. Two users take turns only where all say
 * so: to refresh all at once is harmless, and to stop for one is not where the old password is dead.
 */
function consumersIn(schedules: Schedule[]): Pick<Schedule, 'consumers' | 'strategy'> {
  const consumers = schedules.flatMap(({ consumers: some = [], secrets, select }) =>
    some.map((it) => (it.secrets || select ? it : { ...it, secrets })),
  )
  const alternating = schedules.every(({ strategy }) => strategy === 'alternating')
  return { consumers, ...(alternating && { strategy: 'alternating' }) }
}

type Limits = Pick<Schedule, 'windowSeconds' | 'timeoutSeconds' | 'concurrency'> & Partial<Schedule>

function termsOf(schedule: Limits) {
  const { windowSeconds, timeoutSeconds, retries, concurrency, maxErrors, changeCalendars, place } = schedule
  const { pauseAfter, canary, soakSeconds, consumers, strategy, objective } = schedule
  return {
    ...{ windowSeconds, timeoutSeconds, concurrency, maxErrors },
    ...(retries && { retries }),
    ...(pauseAfter && { pauseAfter }),
    ...(objective && { objective }),
    ...(consumers?.some(isRefreshed) && { consumers, ...(strategy && { strategy }) }),
    ...(canary && { canary, ...(soakSeconds && { soakSeconds }) }),
    ...hooksOf(schedule),
    ...{ changeCalendars, place },
  }
}

function scheduleNamed(name: string, config: Config): Schedule {
  const schedule = config.schedules.find((it) => it.name === name)
  if (schedule) return schedule
  const known = config.schedules.map((it) => it.name)
  throw new RequestError(
    `no schedule "${name}" in stage ${config.stage} (config ${config.version}). ${capital(oneOf(name, known))}`,
  )
}
