import { withAws } from '../../../aws/with-aws.ts'
import { zoneOf } from '../../../config/config.ts'
import { adviceOn } from '../../../model/reasons.ts'
import { oldLoginLine } from '../../../operate/old-login.ts'
import { timelineOf } from '../../../report/timeline.ts'
import { recordsOf } from '../../../runtime/records.ts'
import type { RotationAnswer } from '../api-types.ts'
import type { ServerContext } from '../context.ts'
import { HttpError } from '../http-error.ts'
import { linksTo } from '../links.ts'
import { linkedRegion } from '../region.ts'

/** One rotation with all that happened to it, as `show` tells it. */
export function createRotationReader(
  context: ServerContext,
): (asked: { id: string }) => Promise<RotationAnswer> {
  const { config, now, giveUpMs } = context
  const ledger = recordsOf(config.stage).ledger
  return async ({ id }) => {
    const rotation = await withAws('read the ledger', () => ledger.get(id), { giveUpMs })
    if (!rotation)
      throw new HttpError(404, `no rotation ${id} in the ledger of ${config.stage}`, 'History has them')
    const known = adviceOn(rotation.reason, {
      ...{ stage: config.stage, schedule: rotation.schedule, secret: rotation.secret },
    })
    const oldLogin = await oldLoginLine(config, rotation, now(), { giveUpMs })
    return {
      ...(oldLogin !== undefined && { oldLogin }),
      ...{ rotation, timezone: zoneOf(rotation.schedule, config) },
      moments: timelineOf(rotation, now()),
      links: linksTo({ config, region: await linkedRegion(context) }).rotation(rotation, true),
      ...(known && { meaning: known.meaning, remedy: known.remedy }),
    }
  }
}
