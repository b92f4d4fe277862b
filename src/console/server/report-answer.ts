import { evidenceIn, gather } from '../../operate/evidence.ts'
import type { Document } from '../../report/document.ts'
import { reportOf } from '../../report/report.ts'
import type { PeriodQuery } from './answers.ts'
import type { Room } from './room.ts'

/** The document that `report` writes in one form or another. */
export function reportReading({ config, now, giveUpMs }: Room): (period: PeriodQuery) => Promise<Document> {
  return async (period) => reportOf(await evidenceIn(await gather(config, period, now(), { giveUpMs })))
}
