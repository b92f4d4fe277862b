import type { Log } from '../model/log-lines.ts'
import type { Notify } from '../rotation/notification.ts'

/**
 * Notifies until that has taken so long in all, ms; from then on it only notes in the log what it leaves out. For whoever
 * has many notifications and work to do besides: an EventBridge that does not answer must not use up an audit's time.
 * Decision 0073.
 */
export function withinTimeBudget(
  notify: Notify,
  mostMs: number,
  { now, log }: { now(): number; log: Log },
): Notify {
  let spent = 0
  return async (notification) => {
    if (spent >= mostMs) {
      const id = notification.about === 'rotation' ? notification.rotation.rotationId : undefined
      log('could not announce', {
        what: notification.about,
        id,
        error: `telling has taken ${spent} ms already`,
      })
      return
    }
    const began = now()
    await notify(notification)
    spent += now() - began
  }
}
