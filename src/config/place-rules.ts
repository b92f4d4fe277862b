import { secretPlaceOf } from '../model/place.ts'
import type { UnlocatedProblem } from './problem.ts'
import type { ConfigFile } from './schema.ts'
import { suggest } from './suggest.ts'

/** Rules about accounts and regions: what is named must be known, and an ARN must lie where its schedule says. */
export function placeRules(file: ConfigFile): UnlocatedProblem[] {
  return [
    ...Object.entries(file.accounts).flatMap(([id, member]) => memberRules(id, member)),
    ...Object.entries(file.schedules).flatMap(([name, schedule]) => [
      ...unknownAccount(name, schedule, file),
      ...strayArns(name, schedule, file),
    ]),
  ]
}

type Schedule = ConfigFile['schedules'][string]

function memberRules(id: string, { role }: ConfigFile['accounts'][string]): UnlocatedProblem[] {
  if (!/^\d{12}$/.test(id)) {
    const hint =
      "an AWS account's id has 12 digits: write '111122223333', in quotes, so that no zero gets lost"
    return [{ path: ['accounts', id], atKey: true, message: `"${id}" is no account’s id`, hint }]
  }
  const theirs = /^arn:[^:]+:iam::(\d{12}):/.exec(role)?.[1]
  if (theirs === undefined || theirs === id) return []
  return [
    {
      path: ['accounts', id, 'role'],
      message: `a role of account ${theirs}, not of ${id}`,
      hint: `name the role alone, or its ARN in account ${id}`,
    },
  ]
}

function unknownAccount(name: string, { account }: Schedule, { accounts }: ConfigFile): UnlocatedProblem[] {
  if (account === undefined || Object.hasOwn(accounts, account)) return []
  const near = suggest(account, Object.keys(accounts))
  const hint = near
    ? `did you mean '${near}'?`
    : `add it: \`accounts: { '${account}': { role: tourbillon-rotate } }\`, see node_modules/aws-tourbillon/docs/accounts.md; for the orchestrator's own account leave \`account\` out`
  const message = `account ${account} is not among \`accounts:\``
  return [{ path: ['schedules', name, 'account'], message, hint }]
}

function strayArns(
  name: string,
  { secrets, account, region }: Schedule,
  { accounts }: ConfigFile,
): UnlocatedProblem[] {
  if (!Array.isArray(secrets)) return []
  return secrets.flatMap((secret, index) => {
    const there = secretPlaceOf(secret)
    if (there === undefined) return []
    const problem = (message: string, hint: string) => [
      { path: ['schedules', name, 'secrets', index], message, hint },
    ]
    if (account !== undefined && there.account !== account) {
      const hint = `give it a schedule of its own with \`account: '${there.account}'\``
      return problem(
        `"${secret}" is a secret of account ${there.account}, the schedule’s are in ${account}`,
        hint,
      )
    }
    if (account === undefined && Object.hasOwn(accounts, there.account)) {
      const message = `"${secret}" is a secret of account ${there.account}, which the schedule does not name`
      return problem(message, `add \`account: '${there.account}'\` to the schedule`)
    }
    if (region !== undefined && there.region !== region) {
      const hint = `give it a schedule of its own with \`region: ${there.region}\``
      return problem(`"${secret}" is a secret in ${there.region}, the schedule’s are in ${region}`, hint)
    }
    return []
  })
}
