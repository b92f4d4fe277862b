import { behindLine } from '../model/behind.ts'
import { commandFor, type StageOption } from '../model/pasteable.ts'
import { secretNameOf } from '../model/secret.ts'
import { oneLine } from '../model/text.ts'
import type { Forecast } from '../operate/dry-run.ts'
import type { RotateNowAnswer } from '../rotation/rotate-now.ts'

/** What was started, planned, or would be: a line for each rotation. */
export function answerText({ scheduledAt, rotations, waveId, ...answer }: RotateNowAnswer): string {
  const { dryRun, planned, alreadyStarted } = answer
  const doing = planned ? 'planned' : alreadyStarted ? 'already asked for: rotating' : 'rotating'
  const verb = dryRun ? 'would rotate' : doing
  if (rotations === undefined)
    return `${verb} at ${scheduledAt} what the schedule selects then, as ${waveId}\n`
  return rotations
    .map(({ secret, rotationId }) => `${verb} ${secret} at ${scheduledAt} as ${rotationId}\n`)
    .join('')
}

/** Whom it waits for. */
export function waitText({ approvalId }: RotateNowAnswer, stage: StageOption): string {
  if (approvalId === undefined) return ''
  return `waits for somebody else's go-ahead: ${commandFor(stage, 'approve', approvalId)}\n`
}

/** Where who asks is no more than what they say. */
export function callerNote({ caller }: RotateNowAnswer): string {
  return caller && 'notProved' in caller ? `note: who asks is a claim: not proved, ${caller.notProved}\n` : ''
}

/** A line each, and what stands in the way. */
export function forecastText({ rotations, scheduledAt, unseen, approvalId }: Forecast): string {
  const lines = rotations.map(({ secret, rotationId, refused, canary, usedBy = [], behind }) =>
    refused
      ? `would not rotate ${secretNameOf(secret)} at ${scheduledAt}: ${refused.reason}, ${refused.message}\n`
      : `would rotate ${secret} ${canary === false ? 'once its canaries have succeeded' : `at ${scheduledAt}`} as ${rotationId}${canary ? ', a canary' : ''}\n${usedBy.length === 0 ? '' : `  used by ${usedBy.join(', ')}\n`}${behind ? `  ${oneLine(behindLine([behind]).join(''))}\n` : ''}`,
  )
  const nothing = rotations.length === 0 && unseen.length === 0
  const asks = approvalId === undefined ? '' : `it would wait for somebody else's go-ahead (${approvalId})\n`
  return `${lines.join('')}${asks}${nothing ? 'no secret matches: nothing would rotate\n' : ''}`
}

/** A line for each secret that would not rotate: what is planned may lie in a freeze, or under a hold, that stands today. */
export function barredText({ rotations }: Forecast): string[] {
  return rotations.flatMap(({ secret, refused }) =>
    refused
      ? [
          `warning: as it stands, ${secretNameOf(secret)} would not rotate: ${refused.reason}, ${refused.message}\n`,
        ]
      : [],
  )
}
