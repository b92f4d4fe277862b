import type { Status } from '../../../model/rotation.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'quiet' | 'busy'

/** How a status shows: by colour, by shape, and by its word, so that none of them is needed. */
export const LOOKS: Record<Status, { tone: Tone; path: string }> = {
  SUCCEEDED: { tone: 'good', path: 'M0-5a5 5 0 1 0 .01 0z' },
  FAILED: { tone: 'bad', path: 'M0-6 6 5H-6z' },
  TIMED_OUT: { tone: 'bad', path: 'M-5-5H5V5H-5z' },
  MISSED: { tone: 'bad', path: 'M-5-3-3-5 0-2 3-5 5-3 2 0 5 3 3 5 0 2-3 5-5 3-2 0z' },
  SKIPPED: { tone: 'quiet', path: 'M-6-1.5H6V1.5H-6z' },
  CLAIMED: { tone: 'busy', path: 'M0-5.5 5.5 0 0 5.5-5.5 0z' },
  ROTATING: { tone: 'busy', path: 'M0-5.5 5.5 0 0 5.5-5.5 0z' },
}

export const STATUSES = Object.keys(LOOKS) as Status[]

export function Outcome({
  status,
  reason,
  late,
}: {
  status: Status
  reason?: string | undefined
  late?: boolean | undefined
}) {
  return (
    <span class={`outcome ${LOOKS[status].tone}`}>
      <Shape status={status} />
      {status}
      {reason && <small> {reason}</small>}
      {late && <small> late</small>}
    </span>
  )
}

/** Whoever shows it alone says the status beside it, for those who do not see it. */
export function Shape({ status }: { status: Status }) {
  const { tone, path } = LOOKS[status]
  return (
    <svg class={`shape ${tone}`} viewBox="-7 -7 14 14" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
