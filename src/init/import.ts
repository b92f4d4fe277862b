import type { SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { isReplica } from '../model/secret.ts'
import { groupSecrets, type ImportedSchedule } from './group-secrets.ts'
import { rotationFunctionsOf } from './rotation-functions.ts'
import { type Apart, sortSecrets } from './sort-secrets.ts'
import { splitStages } from './split-stages.ts'

/** What was made of an account's secrets: nothing is guessed, what is in doubt is said. */
export type Imported = {
  secrets: number
  /** The schedules of each stage: mostly one, more where one cannot hold them. */
  stages: ImportedSchedule[][]
  /** What would rotate secrets that others own. */
  proposed: ImportedSchedule[]
  apart: Apart[]
  /** As `stage:` takes them; absent: all of them are called as AWS's own templates call them. */
  rotationFunctions?: string[]
}

/** Native rotations, as ListSecrets shows them, as schedules. `now`: epoch ms. */
export function importEstate(entries: SecretListEntry[], now: number): Imported {
  const { rotating, proposed, apart } = sortSecrets(entries, now)
  const functions = rotationFunctionsOf(rotating)
  const live = entries.filter((entry) => !entry.DeletedDate && !isReplica(entry))
  return {
    secrets: entries.length,
    stages: splitStages(groupSecrets(rotating, live, now)),
    proposed: groupSecrets(proposed, live, now).map((it) => ({ ...it, name: `managed-${it.name}` })),
    apart,
    ...(!functions.every((it) => it.startsWith('SecretsManager')) && { rotationFunctions: functions }),
  }
}

/** Each doubt as a line, in the order of the file. */
export function doubtsOf({ stages, proposed, apart, rotationFunctions = [] }: Imported): string[] {
  const several = rotationFunctions.filter((it) => it.endsWith('*'))
  return [
    ...(several.length > 0
      ? [`rotationFunctions: ${several.join(', ')} may be of more functions than rotate these secrets`]
      : []),
    ...[...stages.flat(), ...proposed].flatMap(({ name, doubts, secrets }) => [
      ...doubts.map((doubt) => `${name}: ${doubt}`),
      ...secrets.flatMap((secret) => secret.doubts.map((doubt) => `${name}: ${secret.name}: ${doubt}`)),
    ]),
    ...apart.filter(({ kind }) => kind === 'unclear').map(({ name, detail }) => `${name}: ${detail}`),
  ]
}
