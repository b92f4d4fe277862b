import type { Statement } from '../statements.ts'
import { NEEDS, type Need, PEOPLE, type Person } from './commands.ts'
import { allowOn, type StageInput, TARGETS, type Target } from './targets.ts'

/** What somebody who gives these commands has to be allowed, each action once, by what it is on. */
export function peopleStatements(person: Person, stage: StageInput): Statement[] {
  const needs: readonly Need[] = PEOPLE[person].flatMap((command) => NEEDS[command])
  const { kmsKeyArn } = stage.settings
  const allowed = (Object.keys(TARGETS) as Target[]).flatMap((target) => {
    const actions = new Set(needs.filter(({ on }) => on === target).flatMap((it) => it.actions))
    return actions.size === 0 ? [] : allowOn(target, [...actions].sort(), stage)
  })
  return kmsKeyArn === undefined ? allowed : [...allowed, readTableWith(kmsKeyArn)]
}

/**
 * A table with a key of one's own is read by whoever may decrypt with it, for DynamoDB only.
 * Source: DynamoDB Developer Guide, encryption.usagenotes and "Authorizing use of your AWS KMS key".
 */
function readTableWith(key: string): Statement {
  return {
    Sid: 'ReadTableWithKey',
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:DescribeKey'],
    Resource: [key],
    Condition: { StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' } },
  }
}
