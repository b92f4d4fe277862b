import { forEachInPool } from '../aws/pool.ts'
import type { Secrets } from '../aws/secrets.ts'
import type { Config } from '../config/config.ts'
import type { AuditStates } from '../ledger/audit-state.ts'
import type { Facts } from '../ledger/facts.ts'
import type { Holds } from '../ledger/holds.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { StageOption } from '../model/pasteable.ts'
import type { Place } from '../model/place.ts'
import { type Diagnosis, runChecks } from './check.ts'
import { checks } from './checks.ts'
import type { Clients } from './clients.ts'
import type { RotatedSecret } from './functions/facts.ts'
import { type FunctionInputs, keyArnOf, readFunction } from './functions/read.ts'
import type { Identity } from './identity.ts'
import { hasHung, lookUp } from './lookup.ts'
import type { SecretFacts } from './secrets/facts.ts'
import { readRecords } from './secrets/records.ts'
import { type SecretTiming, timingsUnderPolicy } from './secrets/under-policy.ts'
import type { StageFacts } from './stage/facts.ts'
import { readStage } from './stage/read.ts'

/** Everything that the examination needs. It changes nothing, and reads no secret. */
type Inputs = {
  config: Config
  /** The stage, as commands name it. */
  named: StageOption
  identity: Identity
  /** Epoch ms. */
  now: number
  secretsAt(place: Place | undefined): Pick<Secrets, 'list' | 'describe'>
  ledger: Pick<Ledger, 'query'>
  holds: Pick<Holds, 'inForce'>
  states: Pick<AuditStates, 'get'>
  facts: Pick<Facts, 'list'>
  clients: Clients
  /** How far it is. */
  show(what: 'secrets' | 'rotation functions', done: number, all: number): void
}

/** DescribeSecret allows 40,000 a second (docs/aws-facts.md); sockets are what is scarce. */
const SECRETS_AT_ONCE = 25
/** Each makes up to nine calls, to APIs of a few a second. */
const FUNCTIONS_AT_ONCE = 4

/** Stage, then secrets, then the functions that rotate them: each is looked up once, and every check runs over it. */
export async function examineStage(inputs: Inputs): Promise<Diagnosis> {
  const { config, named, identity, now } = inputs
  const diagnosis: Diagnosis = { fine: 0, findings: [], notes: [], unseen: [] }
  const lambda = await inputs.clients.lambda(identity.region)
  const [stage, policy, records] = await Promise.all([
    readStage({ ...inputs, lambda }),
    timingsUnderPolicy(config, now, inputs.secretsAt),
    readRecords(inputs.ledger, config, now),
  ])
  checkStage(stage, diagnosis)
  for (const choice of policy.choices) runChecks(checks.selector, choice.schedule, choice, diagnosis)

  const rotatedBy = new Map<string, RotatedSecret[]>()
  let done = 0
  const describe = createDescribe(inputs)
  await forEachInPool(policy.secrets.values(), SECRETS_AT_ONCE, async (it) => {
    const described = await describe(it)
    const { underWay, last } = records
    runChecks(
      checks.secret,
      it.key,
      {
        ...it,
        ...{ now, described, named },
        underWay: 'found' in underWay ? { found: underWay.found.has(it.key) } : underWay,
        last: 'found' in last ? { found: last.found.get(it.key) } : last,
      },
      diagnosis,
    )
    noteFunction(it, described, rotatedBy)
    inputs.show('secrets', ++done, policy.secrets.size)
  })

  const functionInputs: FunctionInputs = {
    account: identity.account,
    clients: inputs.clients,
    networks: new Map(),
  }
  done = 0
  await forEachInPool(rotatedBy, FUNCTIONS_AT_ONCE, async ([arn, secrets]) => {
    const subject = nameOf(arn, identity)
    runChecks(checks.function, subject, await readFunction(arn, secrets, functionInputs), diagnosis)
    inputs.show('rotation functions', ++done, rotatedBy.size)
  })
  return sorted(diagnosis)
}

function checkStage(facts: StageFacts, diagnosis: Diagnosis): void {
  const { config, named, planned, holds, now } = facts
  const { stage } = config
  runChecks(checks.stage, stage, facts, diagnosis)
  if ('unknown' in planned) runChecks(checks.schedule, stage, { stage, named, planned }, diagnosis)
  else
    for (const found of planned.found ?? [])
      runChecks(checks.schedule, found.name, { stage, named, planned: { found } }, diagnosis)
  // Holds that could not be read are the ledger check's to say.
  const inForce = 'found' in holds ? (holds.found ?? []) : []
  for (const hold of inForce) runChecks(checks.hold, hold.scope, { named, hold, now }, diagnosis)
}

/** Where nobody has answered the first of them, the rest is not asked: a thousand would hang for a quarter of an hour. */
function createDescribe({ secretsAt }: Inputs): (it: SecretTiming) => Promise<SecretFacts['described']> {
  let answered = 0
  let hung: { unknown: string } | undefined
  return async ({ secret, place }) => {
    if (hung && answered === 0) return hung
    const answer = await lookUp('secretsmanager:DescribeSecret', () => secretsAt(place).describe(secret))
    if ('unknown' in answer) {
      if (hasHung(answer.unknown)) hung = answer
      return answer
    }
    answered++
    const { found } = answer
    if (!found || 'secret' in found) return { found: found?.secret }
    const { reason, message } = found.refusal
    return reason === 'SECRET_NOT_FOUND'
      ? { found: undefined }
      : { unknown: `secretsmanager:DescribeSecret: ${message}` }
  }
}

function noteFunction(
  { key }: SecretTiming,
  described: SecretFacts['described'],
  rotatedBy: Map<string, RotatedSecret[]>,
): void {
  const { RotationLambdaARN, ARN, KmsKeyId } = ('found' in described && described.found) || {}
  if (RotationLambdaARN === undefined || ARN === undefined) return
  const keyArn = keyArnOf(KmsKeyId, ARN)
  const rotated = { name: key, arn: ARN, ...(keyArn !== undefined && { keyArn }) }
  rotatedBy.set(RotationLambdaARN, [...(rotatedBy.get(RotationLambdaARN) ?? []), rotated])
}

/** As its own place knows it, after its place where that is not ours: `eu-west-1:rotate`. */
function nameOf(arn: string, home: Identity): string {
  const [, , , region, account, , ...name] = arn.split(':')
  const place = account !== home.account ? [account, region] : region !== home.region ? [region] : []
  return [...place, ...name].join(':')
}

/** Worst first; then in the order of checks, and of names. */
function sorted({ fine, findings, notes, unseen }: Diagnosis): Diagnosis {
  const order = Object.values(checks)
    .flat()
    .map(({ name }) => name)
  const rank = ({ check }: { check: string }) => order.indexOf(check)
  const byName = (a: { subject: string }, b: { subject: string }) => (a.subject < b.subject ? -1 : 1)
  return {
    fine,
    findings: findings.toSorted(
      (a, b) =>
        Number(a.severity === 'risk') - Number(b.severity === 'risk') || rank(a) - rank(b) || byName(a, b),
    ),
    notes: notes.toSorted((a, b) => rank(a) - rank(b) || byName(a, b)),
    unseen: unseen.toSorted((a, b) => rank(a) - rank(b) || byName(a, b)),
  }
}
