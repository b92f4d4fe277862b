import type { ConsumerState, Handover } from '../../../model/handover.ts'
import { useApp } from '../lib/context.ts'
import { Instant } from './instant.tsx'
import type { Tone } from './outcome.tsx'

const TONES: Record<ConsumerState, Tone> = {
  ...{ WAITING: 'quiet', REFRESHING: 'busy', FRESH: 'good', FAILED: 'bad', UNKNOWN: 'warn' },
}

/** What each consumer has of a rotation's new value, since when, and why. */
export function Consumers({ of: { consumers } }: { of: Handover }) {
  const { timezone } = useApp()
  return (
    <ul class="consumers">
      {consumers.map(({ id, state, since, detail }) => (
        <li key={id}>
          <b class={TONES[state]}>{state}</b> {id}{' '}
          <span class="quiet">
            since <Instant at={since} timezone={timezone} />
            {detail !== undefined && `: ${detail}`}
          </span>
        </li>
      ))}
    </ul>
  )
}
