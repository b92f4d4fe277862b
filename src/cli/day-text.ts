import { iso } from '../model/time.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Sun 29 Nov 2026 03:00` of a local time (ms as if the wall showed UTC); seconds where there are any. */
export function dayText(local: number, { year = true }: { year?: boolean } = {}): string {
  const date = new Date(local)
  const day = `${date.getUTCDate()}`.padStart(2)
  const month = MONTHS[date.getUTCMonth()]
  return `${weekdayText(local)} ${day} ${month} ${year ? `${date.getUTCFullYear()} ` : ''}${timeText(local)}`
}

/** `Sat 18:00Z`: the weekday tells the date beside a local one, never more than a day away. */
export function utcText(instant: number): string {
  return `${weekdayText(instant)} ${timeText(instant)}Z`
}

function weekdayText(local: number): string {
  return new Date(local).toUTCString().slice(0, 3)
}

function timeText(local: number): string {
  const time = iso(local).slice(11, 19)
  return time.endsWith(':00') ? time.slice(0, 5) : time
}
