import type { ConsumerState, Handover } from '../../../model/handover.ts'
import { useApp } from '../lib/context.ts'
import { Instant } from './instant.tsx'
import type { Tone } from './outcome.tsx'

const TONES: Record<ConsumerState, Tone> = {
  ...{ FAILED: 'bad', UNKNOWN: 'warn', WAITING: 'quiet', REFRESHING: 'busy', FRESH: 'good' },
}

const ORDER = Object.keys(TONES)

/** What each consumer has of a rotation's new value, since when, and why: first whom a person should look at. `most` of them. */
export function Consumers({ of: { consumers }, most = consumers.length }: { of: Handover; most?: number }) {
  const { timezone } = useApp()
  const all = consumers.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
  return (
    <ul class="consumers">
      {all.slice(0, most).map(({ id, state, since, detail }) => (
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
