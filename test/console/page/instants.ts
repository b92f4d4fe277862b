import type { Page } from 'playwright-core'
import { Temporal } from 'temporal-polyfill'

/**
 * Every instant that the page shows with its zone, and that is not what that zone's clock shows then: to be empty. By
 * Temporal, where the page goes by our own zone data.
 */
export async function wrongInstants(page: Page): Promise<string[]> {
  const times = await page.evaluate<[string, string][]>(
    "[...document.querySelectorAll('time.instant')].map((it) => [it.dateTime, it.textContent.trim()])",
  )
  return times.flatMap(([instant, text]) => {
    const zone = text.split(' ').at(-1) ?? ''
    const expected = zone.includes('/') || zone === 'UTC' ? shown(instant, zone) : 'something with a zone'
    return text === expected ? [] : [`${instant} shows "${text}", not "${expected}"`]
  })
}

/** `Fri 13 Nov 2026 03:00:00 Asia/Tokyo`. */
export function shown(instant: string, zone: string): string {
  const at = Temporal.Instant.from(instant).toZonedDateTimeISO(zone)
  const name = (names: string, index: number) => names.split(' ')[index - 1]
  const day = name('Mon Tue Wed Thu Fri Sat Sun', at.dayOfWeek)
  const month = name('Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec', at.month)
  const clock = at.toPlainTime().toString({ smallestUnit: 'second' })
  return `${day} ${at.day} ${month} ${at.year} ${clock} ${zone}`
}
