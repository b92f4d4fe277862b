import { zoneOf } from '../config/config.ts'
import type { SendNotice } from '../model/notice.ts'
import { noticeText } from './notice-text.ts'
import { type NotifierSettings, originOf, sendOut } from './notifier.ts'
import { addressesOf } from './recipients.ts'

/** Sends a notice to where its schedule's texts go. Who wants none at all (`on: []`) gets none. */
export function createNoticeSender(settings: NotifierSettings): SendNotice {
  return async (notice) => {
    const { schedule } = notice
    const rule = settings.config.schedules.find(({ name }) => name === schedule)?.notify ?? {}
    if (rule.on?.length === 0) return true
    const message = noticeText(notice, zoneOf(schedule, settings.config), originOf(settings))
    const texts = addressesOf(rule, settings.channels).map((recipient) => ({ ...recipient, message }))
    return sendOut(settings, [], texts)
  }
}
