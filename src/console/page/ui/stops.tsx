import { counted } from '../../../model/counts.ts'
import type { NextAnswer } from '../../server/api-types.ts'

/** All of it, and not only some of its secrets. */
export function isHeld({ held }: NextAnswer): boolean {
  return held.some((scope) => !scope.startsWith('secret/'))
}

/** What stops an occurrence, or part of it. */
export function Stops({ of }: { of: NextAnswer }) {
  const held = of.held.length - of.paused.length
  return (
    <>
      {of.skipped !== undefined && <span class="chip warn">{of.skipped}</span>}
      {of.frozen !== undefined && <span class="chip warn">frozen by {of.frozen}</span>}
      {held > 0 && <span class="chip bad">{isHeld(of) ? 'held' : `${counted(held, 'secret')} held`}</span>}
      {of.paused.length > 0 && <span class="chip bad">{counted(of.paused.length, 'secret')} paused</span>}
    </>
  )
}
