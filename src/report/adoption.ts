import { formatDuration } from '../calendar/format.ts'
import { principalText } from '../model/adoption.ts'
import type { Adoption, Lagging } from '../model/rotation.ts'
import { oneLine } from '../model/text.ts'

const UNKNOWN: Record<NonNullable<Adoption['unknown']>, string> = {
  NOTHING_HEARD:
    'not known who has fetched since: no read of it was heard (no trail records read events, or whoever uses it has not read it)',
  SILENT:
    'not known of all who has fetched since: in the later half of the time no read of any secret was heard (a trail may have stopped)',
  NOBODY_KNOWN: 'not known who has fetched since: nobody is known to use it',
  TOO_MANY: 'not known of all who has fetched since: more read it than are kept',
}

/** Of each kind, in a sentence: the record has more of them. */
const MOST_SAID = 8

/** `fetched since: 14 of 15; not seen to fetch: role reports-batch, last fetched 3 d ago`. */
export function adoptionText({
  at,
  known,
  fetched,
  behind,
  unclear,
  shared,
  more,
  history,
  unknown,
}: Adoption): string {
  const now = Date.parse(at)
  const names = (some: Lagging[], others = 0) => {
    const said = some.slice(0, MOST_SAID).map((it) => laggingText(it, now))
    const left = some.length - said.length + others
    return [...said, ...(left > 0 ? [`and ${left} more`] : [])].join('; ')
  }
  return [
    unknown === undefined ? `fetched since: ${fetched} of ${known}` : UNKNOWN[unknown],
    ...(behind.length > 0
      ? [`${unknown ? 'known' : 'not seen to fetch'}: ${names(behind, more?.behind)}`]
      : []),
    ...(history && behind.length > 0 ? [historyText(history)] : []),
    ...(unclear.length > 0
      ? [`last fetched while it rotated, the old value or the new: ${names(unclear, more?.unclear)}`]
      : []),
    ...(shared.length > 0
      ? [
          `of several sessions, of which one at least has fetched: ${shared.slice(0, MOST_SAID).map(principalText).join(', ')}`,
        ]
      : []),
  ].join('; ')
}

function historyText({ asked, why }: NonNullable<Adoption['history']>): string {
  if (asked === 'WHOLE') return 'CloudTrail’s history shows no read of theirs either'
  return `CloudTrail’s history was ${asked === 'PART' ? 'asked in part' : 'not asked'} (${oneLine(why ?? '')})`
}

/** `role reports-batch, last fetched 3 d ago, asks for AWSPREVIOUS`. `now`: epoch ms. */
function laggingText({ principal, lastSeen, other }: Lagging, now: number): string {
  const last = lastSeen === undefined ? 'never seen to fetch' : `last fetched ${agoText(lastSeen, now)}`
  return [
    principalText(principal),
    last,
    ...(other === undefined ? [] : [`asks for ${oneLine(other)}`]),
  ].join(', ')
}

export function agoText(at: string, now: number): string {
  return `${formatDuration(Math.max(0, now - Date.parse(at)))} ago`
}
