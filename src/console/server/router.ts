import type { z } from 'zod'
import type { Document } from '../../report/document.ts'
import { toHtml } from '../../report/html.ts'
import { recordsOf } from '../../runtime/records.ts'
import type { Answers } from './api-types.ts'
import type { ServerContext } from './context.ts'
import { fileReply, jsonReply, type Reply } from './exchange.ts'
import { createLedgerCache } from './ledger-cache.ts'
import { Refused, refusal } from './refusal.ts'
import {
  calendarQuery,
  holdBody,
  nothing,
  period,
  releaseBody,
  rotationQuery,
  runBody,
} from './request-schemas.ts'
import { createActions } from './routes/actions.ts'
import { createCalendarReader } from './routes/calendar.ts'
import { createHistoryReader } from './routes/history.ts'
import { createLiveReader } from './routes/live.ts'
import { createNowReader, createRecordsReader } from './routes/now.ts'
import { createReportReader } from './routes/report.ts'
import { createRotationReader } from './routes/rotation.ts'
import { createStageReader } from './routes/stage.ts'

type Asked<Name extends keyof Answers> = Answers[Name] extends { query: infer Query }
  ? Query
  : Answers[Name] extends { body: infer Body }
    ? Body
    : never

/** One question: what may be asked, and who answers. */
type Route<Asked, Answer> = { asks: z.ZodType<Asked>; answer(asked: Asked): Promise<Answer> }

type Routes = { [Name in keyof Answers]: Route<Asked<Name>, Answers[Name]['answer']> }

/** The table of everything that may be asked, and done. */
export function routesIn(context: ServerContext): Map<string, (asked: unknown) => Promise<Reply>> {
  const ledger = createLedgerCache(recordsOf(context.config.stage).ledger, context)
  const [records, live, report] = [
    createRecordsReader(context),
    createLiveReader(context),
    createReportReader(context),
  ]
  const actions = createActions(context)
  // What was done shows at once.
  const then = <Asked, Answer>(deed: (asked: Asked) => Promise<Answer>) => {
    return (asked: Asked) => deed(asked).finally(() => records.forget())
  }
  const routes: Routes = {
    'GET /api/stage': { asks: nothing, answer: createStageReader(context) },
    'GET /api/now': { asks: nothing, answer: createNowReader(context, records) },
    'GET /api/calendar': { asks: calendarQuery, answer: createCalendarReader(context, ledger, records) },
    'GET /api/history': { asks: period, answer: createHistoryReader(context, ledger) },
    'GET /api/rotation': { asks: rotationQuery, answer: createRotationReader(context) },
    'GET /api/live': { asks: nothing, answer: () => live.read() },
    'GET /api/report': { asks: period, answer: report },
    'POST /api/hold': { asks: holdBody, answer: then(actions.hold) },
    'POST /api/release': { asks: releaseBody, answer: then(actions.release) },
    'POST /api/run': { asks: runBody, answer: then(actions.run) },
  }
  const all = Object.entries(routes).map(
    ([name, route]) => [name, checked(route as Route<unknown, unknown>, (it) => jsonReply(200, it))] as const,
  )
  const file = (document: Document) => fileReply(`${context.config.stage}-report.html`, toHtml(document))
  return new Map([...all, ['GET /api/report.html', checked({ asks: period, answer: report }, file)]])
}

/** At the door, and nowhere else: what comes in is what the types say. */
function checked<Asked, Answer>(
  { asks, answer }: Route<Asked, Answer>,
  replyOf: (answer: Answer) => Reply,
): (asked: unknown) => Promise<Reply> {
  return async (asked) => {
    const parsed = asks.safeParse(asked)
    if (parsed.success) return replyOf(await answer(parsed.data))
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.')
    throw new Refused(refusal(400, [where, issue?.message].filter(Boolean).join(': ')))
  }
}
