import { collectEvidence, openEvidence } from '../../../operate/evidence.ts'
import type { Document } from '../../../report/document.ts'
import { reportOf } from '../../../report/report.ts'
import type { PeriodQuery } from '../api-types.ts'
import type { ServerContext } from '../context.ts'

/** The document that `report` writes in one form or another. */
export function createReportReader({
  config,
  now,
  giveUpMs,
}: ServerContext): (period: PeriodQuery) => Promise<Document> {
  return async (period) =>
    reportOf(await collectEvidence(await openEvidence(config, period, now(), { giveUpMs })))
}
