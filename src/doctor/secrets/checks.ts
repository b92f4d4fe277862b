import { judgeSecret } from '../../audit/judge-secret.ts'
import { commandFor, filledIn } from '../../model/pasteable.ts'
import { iso } from '../../model/time.ts'
import { hasBeenCurrent, inspect, versionWith } from '../../rotation/inspect.ts'
import type { Check } from '../check.ts'
import { liveSecret, runOf, type SecretFacts, type SelectorFacts } from './facts.ts'
import { nativeRotation } from './native.ts'
import { rulePeriodic } from './rule-periodic.ts'
import { rulePunctual } from './rule-punctual.ts'
import { ruleScheduled } from './rule-scheduled.ts'

/** Of one secret under policy. */
export const secretChecks: Check<SecretFacts>[] = [
  {
    name: 'secret-exists',
    severity: 'broken',
    cause:
      'A config that names a secret which is not there rotates nothing: SECRET_NOT_FOUND or SECRET_DELETED each time.',
    check({ described, secret }) {
      if ('unknown' in described) return described
      if (!described.found)
        return {
          symptom: 'there is no secret of this name in its account and region',
          remedy: `correct the name or the place in the config, or create ${secret}; then deploy`,
        }
      const { DeletedDate } = described.found
      if (!DeletedDate) return 'fine'
      return {
        symptom: `scheduled for deletion since ${iso(DeletedDate)}`,
        remedy: `aws secretsmanager restore-secret --secret-id ${secret}, or take it out of the config`,
      }
    },
  },
  {
    name: 'secret-primary',
    severity: 'broken',
    cause:
      'Secrets Manager rotates in the primary region only, and replicates from there: SECRET_IS_REPLICA here.',
    check(facts) {
      const secret = liveSecret(facts)
      if (!secret) return undefined
      if (inspect(secret)?.reason !== 'SECRET_IS_REPLICA') return 'fine'
      return {
        symptom: `a replica; its primary region is ${secret.PrimaryRegion}`,
        remedy: `name that region in its schedule (region: ${secret.PrimaryRegion}), and deploy`,
      }
    },
  },
  /** Source: API reference, DescribeSecret (fields without a value are absent) and CancelRotateSecret. */
  {
    name: 'rotation-configured',
    severity: 'broken',
    cause:
      'Tourbillon starts rotations; a rotation function, or the service that owns the secret, changes the password.',
    check(facts) {
      const secret = liveSecret(facts)
      if (!secret || secret.OwningService) return secret && 'fine'
      if (!secret.RotationLambdaARN && !secret.ExternalSecretRotationRoleArn)
        return {
          symptom: 'no rotation function is attached',
          remedy: `attach one: aws secretsmanager rotate-secret --secret-id ${facts.secret} --rotation-lambda-arn ARN --no-rotate-immediately`,
        }
      // CancelRotateSecret sets it to false and keeps the function. We do not rotate it then: decision 0084.
      if (secret.RotationEnabled === false)
        return {
          symptom:
            'a rotation function is attached, but rotation is switched off (as CancelRotateSecret leaves it)',
          remedy: `ask its owner, and look for an AWSPENDING label that was left behind; then switch it on, which rotates it now: aws secretsmanager rotate-secret --secret-id ${facts.secret}`,
          cause:
            'Somebody has switched it off, and RotateSecret would switch it on again: each rotation is ROTATION_SWITCHED_OFF.',
        }
      return 'fine'
    },
  },
  /** Source: API reference, RotateSecret: AWSPENDING on another version than AWSCURRENT makes a later call fail. */
  {
    name: 'pending-stuck',
    severity: 'broken',
    cause:
      'AWSPENDING on a version that is not AWSCURRENT is a rotation that began and did not end: Secrets Manager attempts that version again and starts no other. It may hold the only copy of the live password.',
    check(facts) {
      const secret = liveSecret(facts)
      if (!secret) return undefined
      const pending = versionWith(secret, 'AWSPENDING')
      if (pending === undefined || pending === versionWith(secret, 'AWSCURRENT')) return 'fine'
      if ('unknown' in facts.underWay) return facts.underWay
      if (facts.underWay.found) return 'fine'
      // The ledger may know of older ones: the rotation asks it (decision 0083).
      if (hasBeenCurrent(secret, pending))
        return {
          symptom: `version ${pending} is AWSPENDING, and it was AWSCURRENT before: somebody has changed the labels or the value by hand`,
          remedy: `see who did (CloudTrail), and that the current version can log in; then ${unstickOf(facts)}`,
          cause:
            'Secrets Manager attempts a pending version again, and this old value would come back over the newer one: each rotation is OLD_VERSION_PENDING.',
        }
      return {
        symptom: `version ${pending} is AWSPENDING, and no rotation of ours is under way`,
        remedy: `find out in the rotation function’s log how far it came, and mend that; ${runOf(facts, 'attempt it again')}. Only where the database still takes AWSCURRENT: ${unstickOf(facts)}`,
      }
    },
  },
  {
    name: 'last-rotation',
    severity: 'risk',
    cause: 'What made the last rotation fail makes the next one fail too, unless somebody has mended it.',
    check(facts) {
      if ('unknown' in facts.last) return facts.last
      const last = facts.last.found
      if (!last || last.status === 'SUCCEEDED' || last.status === 'SKIPPED') return 'fine'
      const rotated = liveSecret(facts)?.LastRotatedDate
      const ended = Date.parse(last.settledAt ?? last.scheduledAt)
      if (rotated && new Date(rotated).getTime() > ended) return 'fine'
      const message = last.message === undefined ? '' : `: ${last.message}`
      return {
        symptom: `the last one, due ${last.scheduledAt}, ended ${last.status} ${last.reason ?? ''}${message}`,
        remedy: `\`${commandFor(facts.named, 'show', last.rotationId)}\` says what to do; then ${runOf(facts, 'mended')}`,
      }
    },
  },
  nativeRotation,
  /** By the audit's own rule. */
  {
    name: 'overdue',
    severity: 'risk',
    cause: 'It is older than the policy (maxAge) allows, whatever its schedule says.',
    check(facts) {
      const secret = liveSecret(facts)
      if (!secret || facts.maxAge === undefined) return undefined
      const found = judgeSecret(facts, { secret }, facts.now).find(({ kind }) => kind === 'OVERDUE')
      if (!found) return 'fine'
      return {
        symptom: found.message,
        remedy: `${runOf(facts, 'overdue')}; \`${commandFor(facts.named, 'history', ['--secret', facts.secret])}\` says why it did not rotate`,
      }
    },
  },
  ...[ruleScheduled, rulePunctual, rulePeriodic],
]

/** A typo in a tag is enough, and nothing else would show it before the instant. */
export const selectorChooses: Check<SelectorFacts> = {
  name: 'selector',
  severity: 'broken',
  cause: 'A wave whose selector chooses no secret rotates nothing: it ends NOTHING_MATCHED.',
  check({ stage, schedule, chosen }) {
    if ('unknown' in chosen) return chosen
    if (chosen.found && chosen.found.length > 0) return 'fine'
    return {
      symptom: `${schedule} chooses no secret now`,
      remedy: `compare its tags and prefix in config/${stage}.yml with the secrets’ own: aws secretsmanager list-secrets`,
    }
  },
}

function unstickOf({ named: stage, secret }: SecretFacts): string {
  return filledIn('`npx aws-tourbillon unstick --stage STAGE SECRET`', { stage, secret })
}
