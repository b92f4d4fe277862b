import { CONSUMER_KINDS } from '../model/consumers.ts'
import { secretNameOf } from '../model/secret.ts'
import type { Path } from './positions.ts'
import type { UnlocatedProblem } from './problem.ts'
import type { ConfigFile } from './schema.ts'
import { suggest } from './suggest.ts'

type Schedule = ConfigFile['schedules'][string]

/** Rules about who uses a schedule's secrets: each once, of secrets that are there; and who is watched can be seen. */
export function consumerRules(name: string, schedule: Schedule): UnlocatedProblem[] {
  const path = ['schedules', name]
  return [
    ...namedTwice([...path, 'consumers'], schedule),
    ...(schedule.consumers ?? []).flatMap(({ secrets = [] }, index) =>
      secrets.flatMap((secret, at) => {
        const first = secrets.findIndex((other) => secretNameOf(other) === secretNameOf(secret))
        const here = [...path, 'consumers', index, 'secrets', at]
        if (first < at)
          return [{ path: here, message: `"${secret}" stands twice here`, hint: 'remove one of the two' }]
        return stray(here, secret, schedule)
      }),
    ),
    ...unseen([...path, 'adoption'], schedule),
  ]
}

function namedTwice(path: Path, { consumers = [] }: Schedule): UnlocatedProblem[] {
  return CONSUMER_KINDS.flatMap((kind) => {
    const names = consumers.map((one) => one[kind])
    return names.flatMap((name, index) =>
      name === undefined || names.indexOf(name) === index
        ? []
        : [
            {
              path: [...path, index, kind],
              message: `"${name}" stands twice in this schedule`,
              hint: 'one entry each: remove one, or put the secrets of both into one list',
            },
          ],
    )
  })
}

/** A secret that the schedule does not have; where it chooses by tags alone, nobody can tell. */
function stray(path: Path, secret: string, { secrets }: Schedule): UnlocatedProblem[] {
  const name = secretNameOf(secret)
  const message = `"${secret}" is none of this schedule’s secrets`
  if (!Array.isArray(secrets)) {
    const { prefix } = secrets
    if (prefix === undefined || name.startsWith(prefix)) return []
    return [{ path, message, hint: `their names begin with ${prefix}` }]
  }
  if (secrets.some((one) => secretNameOf(one) === name)) return []
  const near = suggest(name, secrets.map(secretNameOf))
  return [{ path, message, hint: near ? `did you mean "${near}"?` : 'name one of its `secrets:`' }]
}

/** EventBridge hears of a read in the secret's own account and region only, and by the secret's name or how it begins. */
function unseen(path: Path, { adoption, secrets, account, region }: Schedule): UnlocatedProblem[] {
  if (adoption === undefined) return []
  const problem = (message: string, hint: string) => [{ path, message, hint }]
  if (account !== undefined || region !== undefined) {
    const where = [...(account ? [`account ${account}`] : []), ...(region ? [region] : [])].join(', ')
    return problem(
      `nobody here hears who fetches the secrets of ${where}`,
      'remove it: reads are told on the event bus of the secret’s own account and region, and this stage listens on its own',
    )
  }
  if (!Array.isArray(secrets) && secrets.prefix === undefined) {
    return problem(
      'who fetches secrets that are chosen by tags alone cannot be watched: a read tells the name, not the tags',
      'add a `prefix` to `secrets`, or name them',
    )
  }
  return []
}
