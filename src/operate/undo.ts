import { eachWithAws } from '../aws/with-aws.ts'
import type { Config } from '../config/config.ts'
import { consumerId, consumersOf } from '../model/consumers.ts'
import { isRefreshed } from '../model/handover.ts'
import { commandFor, optionText, type StageOption, shellQuoted } from '../model/pasteable.ts'
import { secretPlaceOf } from '../model/place.ts'
import type { Rotation } from '../model/rotation.ts'
import { isAlternating, mayHaveSet } from '../report/old-login.ts'
import { hasSecret } from '../rotation/wave-request.ts'
import { recordsOf } from '../runtime/records.ts'

/** What moving labels would do to a rotation that has been, and what is right instead: texts and commands, no call. */
export type UndoAdvice = {
  rotationId: string
  strategy: 'single' | 'alternating'
  /** What moving AWSCURRENT back would do. */
  labels: string
  /** To be pasted, by whoever has the rights; in this order. */
  commands: { what: string; command: string }[]
}

/** Rotations of its secret that have begun since, of which one may have ended the old login. Throws CannotDo. */
export async function rotationsSince(config: Config, rotation: Rotation): Promise<Rotation[]> {
  const { ledger } = recordsOf(config.stage)
  const found: Rotation[] = []
  const since = { from: rotation.scheduledAt }
  for await (const other of eachWithAws(
    'read the ledger',
    ledger.query('bySecret', rotation.secretName, since),
  ))
    if (other.rotationId !== rotation.rotationId && mayHaveSet(other)) found.push(other)
  return found
}

/** Pure: by the record, what the config says of the secret, and the rotations since. */
export function undoAdvice(
  rotation: Rotation,
  config: Pick<Config, 'schedules'>,
  since: Rotation[],
  stage: StageOption,
): UndoAdvice {
  const theirs = config.schedules.filter(
    (it) => it.name === rotation.schedule || hasSecret(it, rotation.secretArn ?? rotation.secret),
  )
  const strategy = isAlternating(rotation, config.schedules) ? 'alternating' : 'single'
  const commands = new Commands(rotation, stage)
  const labels = advise(rotation, strategy, since, commands)
  if (rotation.rotatedAt !== undefined) commands.refresh(consumersBehind(rotation, theirs))
  return { rotationId: rotation.rotationId, strategy, labels, commands: commands.all }
}

function advise(
  { status, reason, rotatedAt, previousVersionId, versionId, rotationId }: Rotation,
  strategy: UndoAdvice['strategy'],
  since: Rotation[],
  commands: Commands,
): string {
  if (status === 'CLAIMED' || status === 'ROTATING') {
    commands.add('see how it ends', 'show', rotationId)
    return `It is ${status}: no label may be moved under a rotation that is under way. Wait for its end.`
  }
  if (rotatedAt === undefined && (status === 'SKIPPED' || status === 'MISSED')) {
    commands.again()
    return 'It changed nothing, so there is nothing to undo.'
  }
  if (rotatedAt === undefined) {
    commands.again()
    commands.unstick()
    return `AWSCURRENT was not seen to move (${reason ?? status}), so there is no label to move back. If its function had set the new password before it failed, the AWSPENDING version has the only copy: rotate again, which attempts that version, before you give it up.`
  }
  if (strategy === 'single') {
    commands.again()
    return 'One user: the old password has been dead since setSecret. With AWSCURRENT moved back, everybody who fetches gets a password that the database refuses, those who have the new one follow at their next fetch, and the rotation function can log in no more. Do not move labels. Let consumers take the new value, or rotate again. (Two users that take turns? Say `strategy: alternating` in the config.)'
  }
  if (since.length > 0) {
    const [latest] = since
    commands.again()
    return `Two users: the old login died, or may have, as rotation ${latest?.rotationId} of ${latest?.scheduledAt} set that user's next password. With AWSCURRENT moved back, those who fetch would be refused. Do not move labels.`
  }
  if (previousVersionId === undefined) {
    commands.again()
    return 'Two users: the old login lives until setSecret of the next rotation, but the record does not say which version it was: see AWSPREVIOUS of the secret before you move anything.'
  }
  commands.hold()
  commands.move(previousVersionId, versionId ?? rotationId)
  return 'Two users: the old login lives until setSecret of the next rotation. With AWSCURRENT moved back, those who fetch get it, and it works; those who have the new login keep it, and it works, too. Hold the secret first, for its next rotation ends the old login; release it once what was wrong is mended. First see that the old user still can log in.'
}

/** Those that were not seen to be fresh; all of them where nobody has handed over. */
function consumersBehind(rotation: Rotation, schedules: Config['schedules']): string[] {
  if (rotation.handover)
    return rotation.handover.consumers.filter(({ state }) => state !== 'FRESH').map(({ id }) => id)
  const consumers = schedules.flatMap((it) => consumersOf(rotation.secret, it.consumers))
  return [...new Set(consumers.filter(isRefreshed).map(consumerId))]
}

class Commands {
  readonly all: UndoAdvice['commands'] = []
  private readonly rotation: Rotation
  private readonly stage: StageOption

  constructor(rotation: Rotation, stage: StageOption) {
    this.rotation = rotation
    this.stage = stage
  }

  add(what: string, command: string, ...words: Parameters<typeof commandFor>[2][]): void {
    this.all.push({ what, command: commandFor(this.stage, command, ...words) })
  }

  again(): void {
    this.add('rotate again', 'run', ['--secret', this.rotation.secret])
  }

  unstick(): void {
    this.add('give its pending version up, after reading what that means', 'unstick', this.rotation.secret)
  }

  hold(): void {
    const reason = `undo of ${this.rotation.rotationId}`
    this.add('hold it', 'hold', ['--secret', this.rotation.secret], ['--reason', reason])
  }

  move(to: string, from: string): void {
    const { secretArn, secret } = this.rotation
    const words = [
      optionText('--secret-id', secretArn ?? secret),
      '--version-stage AWSCURRENT',
      optionText('--move-to-version-id', to),
      optionText('--remove-from-version-id', from),
    ]
    this.aws(
      'move AWSCURRENT back',
      'secretsmanager update-secret-version-stage',
      words,
      secretPlaceOf(secretArn ?? '')?.region,
    )
  }

  refresh(consumers: string[]): void {
    for (const id of consumers) {
      const at = id.indexOf(':')
      const name = id.slice(at + 1)
      const [cluster = '', service = ''] = name.split('/')
      const { rotationId, secret } = this.rotation
      const payload = JSON.stringify({ rotationId, secret, consumer: id })
      const kinds: Record<string, [call: string, words: string[]]> = {
        ecs: [
          'ecs update-service',
          [optionText('--cluster', cluster), optionText('--service', service), '--force-new-deployment'],
        ],
        ssm: ['ssm start-automation-execution', [optionText('--document-name', name)]],
        invoke: [
          'lambda invoke',
          [
            optionText('--function-name', name),
            '--cli-binary-format raw-in-base64-out',
            `--payload ${shellQuoted(payload)}`,
            '/dev/stdout',
          ],
        ],
      }
      const [call, words] = kinds[id.slice(0, at)] ?? []
      if (call && words) this.aws(`let ${id} take what is current`, call, words)
    }
  }

  private aws(what: string, call: string, words: string[], region?: string): void {
    const where = region === undefined ? [] : [`--region ${region}`]
    this.all.push({ what, command: ['aws', call, ...words, ...where].join(' ') })
  }
}
