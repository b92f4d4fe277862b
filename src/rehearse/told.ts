import type { Config } from '../config/config.ts'
import type { Finding } from '../model/finding.ts'
import type { Rotation } from '../model/rotation.ts'
import { DAY, iso } from '../model/time.ts'
import { notifyKindOf } from '../notify/findings-text.ts'
import { NOTIFIED_BY_DEFAULT } from '../notify/recipients.ts'
import { kindsOfWave } from '../notify/wave-text.ts'
import type { Notification } from '../rotation/notification.ts'
import type { Told } from './options.ts'
import type { Clock } from './world/clock.ts'
import type { Stage } from './world/stage.ts'

/** People are told again of what stays so: as src/notify/notify-findings.ts. */
const QUIET_MS = DAY

/** Which alarm counts it: outcomes, reasons, findings. */
const ALARMS: Record<string, string> = {
  FAILED: 'rotation-failed',
  TIMED_OUT: 'rotation-timed-out',
  GATE_UNREADABLE: 'gate-unreadable',
  MISSED: 'missed',
  LOST_RUN: 'lost-runs',
  OVERDUE: 'overdue',
}

/** What is told of occurrences before `to` (epoch ms), as the notifiers choose it. */
export function tellingOf(config: Config, clock: Clock, to: number, tell: (told: Told) => void) {
  const last = iso(to)
  const toldAt = new Map<string, number>()
  const kindsFor = (schedule: string | undefined): readonly string[] =>
    config.schedules.find(({ name }) => name === schedule)?.notify?.on ?? NOTIFIED_BY_DEFAULT
  const isFresh = ({ kind, key }: Finding) => {
    const before = toldAt.get(`${kind} ${key}`) ?? Number.NEGATIVE_INFINITY
    if (clock.now() - before < QUIET_MS) return false
    toldAt.set(`${kind} ${key}`, clock.now())
    return true
  }
  return {
    async notify(news: Notification): Promise<void> {
      if (instantOf(news) >= last) return
      const alarm = news.about === 'rotation' ? ALARMS[alarmOf(news.rotation)] : undefined
      const pages = alarm !== undefined || isPage(news, kindsFor)
      tell({ at: clock.now(), news, pages, ...(alarm && { alarm }) })
    },
    findings(found: Finding[], rows: Stage['ledger']['rows']): void {
      for (const news of found.filter(isFresh)) {
        const rotation = rows.get(news.rotationId ?? '')
        if (rotation ? rotation.scheduledAt >= last : clock.now() >= to) continue
        const kind = notifyKindOf(news)
        const alarm = ALARMS[news.kind]
        const isText = kind !== undefined && kindsFor(news.schedule).includes(kind)
        tell({ at: clock.now(), news, pages: isText || alarm !== undefined, ...(alarm && { alarm }) })
      }
    },
  }
}

function instantOf(news: Notification): string {
  switch (news.about) {
    case 'rotation':
      return news.rotation.scheduledAt
    case 'wave':
      return news.wave.scheduledAt
    case 'approval':
      return news.approval.scheduledAt
    case 'override':
      return news.override.scheduledAt
  }
}

/** As the notifier goes by: single rotations have no text, their wave's says it. */
function isPage(news: Notification, kindsFor: (schedule: string) => readonly string[]): boolean {
  if (news.about !== 'wave') return false
  const wanted = kindsFor(news.wave.schedule)
  return kindsOfWave(news.wave).some(
    (kind) => (kind === 'failure' || kind === 'missed') && wanted.includes(kind),
  )
}

/** A success that comes late has been counted as what it was taken for. MISSED is counted as it is found. */
const alarmOf = ({ status, reason, late }: Rotation): string =>
  late || status === 'MISSED' ? '' : reason === 'GATE_UNREADABLE' ? reason : status
