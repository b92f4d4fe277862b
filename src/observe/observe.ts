import type { DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager'
import { mayStillSucceed, recordLateSuccess } from '../audit/late-successes.ts'
import type { LostRunPorts } from '../audit/lost-runs.ts'
import type { Config } from '../config/config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { lastSentAt } from '../model/attempts.ts'
import type { NotifyFindings } from '../model/finding.ts'
import { externalIdOf, isOfSecret, secretKeyOf } from '../model/identity.ts'
import { isDead } from '../model/limits.ts'
import type { Place } from '../model/place.ts'
import { secretPlaceOf } from '../model/place.ts'
import { EXTERNAL } from '../model/resource-names.ts'
import { type Proof, type Rotation, SETTLED } from '../model/rotation.ts'
import { secretNameOf } from '../model/secret.ts'
import { DAY, iso } from '../model/time.ts'
import { schedulesOf } from '../model/under-policy.ts'
import { versionWith } from '../rotation/inspect.ts'
import { notifyTransitions } from '../rotation/notify.ts'
import type { TolerancePorts } from '../rotation/tolerances.ts'
import type { Observation } from './observation.ts'
import { settleDead } from './run-end.ts'

export type ObservePorts = LostRunPorts &
  TolerancePorts & {
    ledger: Pick<Ledger, 'get' | 'query' | 'record' | 'noteFailure' | 'noteProof' | 'transition'>
    notifyFindings: NotifyFindings
  }

/** What an event came to. */
export type Observed =
  | 'not ours to watch'
  | 'known'
  | 'late success'
  | 'proof noted'
  | 'external'
  | 'failure noted'
  | 'nothing to note'

/** Stands for the execution in records that no run has made. */
const OBSERVE = 'observe'

/** Events come at least once, late, and in any order: each is judged by the ledger and by what the secret shows now. */
export async function observe(seen: Observation, ports: ObservePorts): Promise<Observed> {
  const outcome = await handle(seen, ports)
  ports.log('observed', { ...seen, outcome })
  return outcome
}

async function handle(seen: Observation, ports: ObservePorts): Promise<Observed> {
  if (seen.what !== 'current' && seen.what !== 'failed') return 'nothing to note'
  if (seen.what === 'current') {
    const ours = await ports.ledger.get(seen.versionId)
    if (ours && isOfSecret(ours, seen.secretArn)) return noteOursCurrent(ours, seen.at, ports)
    if (await ports.ledger.get(externalIdOf(seen.secretArn, seen.versionId))) return 'known'
  }
  const described = await ports.secretsAt(undefined).describe(seen.secretArn)
  const keys = 'secret' in described ? keysUnderPolicy(seen.secretArn, described.secret, ports.config) : []
  if (!('secret' in described) || keys.length === 0) return 'not ours to watch'
  return seen.what === 'current'
    ? recordExternal(seen, described.secret, keys, ports)
    : noteFailure(seen, described.secret, keys, ports)
}

/**
 * A run that lives sees it by itself at its next look, so for it this is noted only: should the run die, that was so
 * whatever labels show later. What it has given up on has succeeded after all.
 */
async function noteOursCurrent(ours: Rotation, at: string, ports: ObservePorts): Promise<Observed> {
  const { rotationId, secretName } = ours
  const adopted = await followers([secretName], rotationId, at, ports)
  const others = adopted.filter((it) => it.rotationId !== rotationId)
  const noted = await noteCurrent([ours, ...others], { at, versionId: rotationId }, ports)
  const wasSkipped = ours.status === 'SKIPPED' && ours.rotatedAt === undefined
  return wasSkipped && (await noteLateSuccess(ours, { at, versionId: rotationId }, ports))
    ? 'late success'
    : noted
}

/** What is still open has its proof; what was given up has succeeded after all, if this came of its call. */
async function noteCurrent(rotations: Rotation[], proof: Proof, ports: ObservePorts): Promise<Observed> {
  const noted = await noteProof(rotations, proof, ports)
  // Events have whole seconds.
  const isSince = (it: Rotation) => Date.parse(proof.at) + 1_000 > Date.parse(it.startedAt ?? it.claimedAt)
  const late: boolean[] = []
  for (const rotation of rotations.filter((it) => mayStillSucceed(it) && isSince(it)))
    late.push(await noteLateSuccess(rotation, proof, ports))
  return late.includes(true) ? 'late success' : noted
}

async function noteLateSuccess(
  rotation: Rotation,
  { at, versionId }: Proof,
  ports: ObservePorts,
): Promise<boolean> {
  const words = `Secrets Manager reported version ${versionId} as AWSCURRENT`
  const late = await recordLateSuccess(ports.ledger, rotation, at, words, versionId)
  if (late.status !== 'SUCCEEDED') return false
  await notifyTransitions(late, ports)
  return true
}

/** Notes the proof on those that have no outcome yet. */
async function noteProof(rotations: Rotation[], proof: Proof, ports: ObservePorts): Promise<Observed> {
  const open = rotations.filter(({ status }) => !SETTLED.includes(status))
  for (const { rotationId } of open)
    await settleIfDead(await ports.ledger.noteProof(rotationId, proof), ports)
  return open.length > 0 ? 'proof noted' : 'known'
}

/** What a dead run has left is settled as soon as something shows how it ended. */
async function settleIfDead(rotation: Rotation, ports: ObservePorts): Promise<void> {
  if (isDead(rotation)) await ports.notifyFindings(await settleDead(rotation, ports))
}

/** A version that no rotation of ours made. Its first value is no rotation, however late its event comes. */
async function recordExternal(
  { versionId, at, secretArn }: Observation & { what: 'current' },
  secret: DescribeSecretCommandOutput,
  keys: string[],
  ports: ObservePorts,
): Promise<Observed> {
  const previousVersionId = versionWith(secret, 'AWSPREVIOUS')
  const isStillCurrent = versionWith(secret, 'AWSCURRENT') === versionId
  // Events have whole seconds.
  const isFirst = !isStillCurrent && Date.parse(at) <= (secret.CreatedDate?.getTime() ?? 0)
  if (previousVersionId === undefined || isFirst) return 'nothing to note'
  const name = secret.Name ?? secretNameOf(secretArn)
  const adopters = await followers(keys, versionId, at, ports)
  if (adopters.length > 0) return noteCurrent(adopters, { at, versionId }, ports)
  const by = secret.RotationRules ? 'its own rotation rules, or somebody' : 'somebody'
  const now = iso(ports.now())
  const external = await ports.ledger.record(
    {
      rotationId: externalIdOf(secretArn, versionId),
      schedule: EXTERNAL,
      secret: name,
      secretName: keys[0] ?? secretKeyOf(name),
      secretArn,
      scheduledAt: at,
      trigger: 'EXTERNAL',
      claimedAt: now,
      executionArn: OBSERVE,
      configVersion: ports.config.version,
      versionId,
      ...(isStillCurrent && { previousVersionId }),
    },
    {
      status: 'SUCCEEDED',
      at: now,
      settledAt: now,
      rotatedAt: at,
      message: `not by Tourbillon: ${by} made version ${versionId} AWSCURRENT`,
    },
  )
  await notifyTransitions(external, ports)
  return 'external'
}

/**
 * A failure event names no version, so it counts for the version that is pending now: for each rotation that follows it
 * and is not younger than the event. It is final where nothing attempts the version again: AWS re-attempts "during the open
 * rotation windows" (docs/aws-facts.md), and a secret without rotation rules has none. Decision 0063.
 */
async function noteFailure(
  { at, message }: Observation & { what: 'failed' },
  secret: DescribeSecretCommandOutput,
  keys: string[],
  ports: ObservePorts,
): Promise<Observed> {
  const pending = versionWith(secret, 'AWSPENDING')
  if (pending === undefined || pending === versionWith(secret, 'AWSCURRENT')) return 'nothing to note'
  const followed = await followers(keys, pending, at, ports)
  // Events have whole seconds.
  const since = (it: Rotation) =>
    Date.parse(lastSentAt(it) ?? it.startedAt ?? it.events.at(-1)?.at ?? it.claimedAt)
  const open = followed.filter((it) => !SETTLED.includes(it.status) && Date.parse(at) + 1_000 > since(it))
  const final = secret.RotationRules === undefined && secret.OwningService === undefined
  const failures: (string | undefined)[] = []
  for (const { rotationId } of open) {
    const noted = await ports.ledger.noteFailure(rotationId, { at, message, final })
    await settleIfDead(noted, ports)
    failures.push(noted.failure?.at)
  }
  if (failures.length === 0) return 'nothing to note'
  return failures.includes(at) ? 'failure noted' : 'known'
}

/** Rotations of a secret that an event may be about, back from its time. */
const BACK_MS = 3 * DAY

/** Our rotations that made this version, or adopted it. */
async function followers(
  secretKeys: string[],
  versionId: string,
  at: string,
  ports: ObservePorts,
): Promise<Rotation[]> {
  const found: Rotation[] = []
  const from = iso(Date.parse(at) - BACK_MS)
  for (const key of secretKeys) {
    for await (const rotation of ports.ledger.query('bySecret', key, { from })) {
      if (rotation.trigger === 'EXTERNAL') continue
      if ((rotation.versionId ?? rotation.rotationId) === versionId) found.push(rotation)
    }
  }
  return found
}

/**
 * The keys of a secret under policy: in the config by name or ARN, or chosen by a selector. A schedule that names the
 * place where the stack itself is (`region: eu-west-1`) has its secrets under a key of their own. Of disabled schedules,
 * too: whose history is kept is a wider question than who is under policy.
 */
function keysUnderPolicy(
  secretArn: string,
  secret: DescribeSecretCommandOutput,
  { schedules }: Config,
): string[] {
  const theirs = schedulesOf(secret, schedules, (place) => isIn(place, secretArn))
  return [...new Set(theirs.map(({ place }) => secretKeyOf(secret.Name ?? '', place)))]
}

/** Events come from the stack's own account and region: whether a place is that one. */
function isIn(place: Place | undefined, secretArn: string): boolean {
  const here = secretPlaceOf(secretArn)
  const { account = here?.account, region = here?.region } = place ?? {}
  return account === here?.account && region === here?.region
}
