import type { z } from 'zod'
import { namesOf } from '../../model/resource-names.ts'
import type { Document } from '../../report/document.ts'
import { toHtml } from '../../report/html.ts'
import { ledgerIn } from '../../runtime/records.ts'
import type { Answers } from './answers.ts'
import { calendarQuery, holdBody, nothing, period, releaseBody, rotationQuery, runBody } from './asked.ts'
import { calendarReading } from './calendar-answer.ts'
import { deedsIn } from './deeds.ts'
import { fileReply, jsonReply, type Reply } from './exchange.ts'
import { historyReading } from './history-answer.ts'
import { ledgerDays } from './ledger-days.ts'
import { liveReading } from './live-answer.ts'
import { nowReading, recordsReading } from './now-answer.ts'
import { Refused, refusal } from './refusal.ts'
import { reportReading } from './report-answer.ts'
import type { Room } from './room.ts'
import { rotationReading } from './rotation-answer.ts'
import { stageReading } from './stage-answer.ts'

type Asked<Name extends keyof Answers> = Answers[Name] extends { query: infer Query }
  ? Query
  : Answers[Name] extends { body: infer Body }
    ? Body
    : never

/** One question: what may be asked, and who answers. */
type Route<Asked, Answer> = { asks: z.ZodType<Asked>; answer(asked: Asked): Promise<Answer> }

type Routes = { [Name in keyof Answers]: Route<Asked<Name>, Answers[Name]['answer']> }

/** The table of everything that may be asked, and done. */
export function routesIn(room: Room): Map<string, (asked: unknown) => Promise<Reply>> {
  const ledger = ledgerDays(ledgerIn(namesOf(room.config.stage).ledgerTable), room)
  const [records, live, report] = [recordsReading(room), liveReading(room), reportReading(room)]
  const deeds = deedsIn(room)
  // What was done shows at once.
  const then = <Asked, Answer>(deed: (asked: Asked) => Promise<Answer>) => {
    return (asked: Asked) => deed(asked).finally(() => records.forget())
  }
  const routes: Routes = {
    'GET /api/stage': { asks: nothing, answer: stageReading(room) },
    'GET /api/now': { asks: nothing, answer: nowReading(room, records) },
    'GET /api/calendar': { asks: calendarQuery, answer: calendarReading(room, ledger, records) },
    'GET /api/history': { asks: period, answer: historyReading(room, ledger) },
    'GET /api/rotation': { asks: rotationQuery, answer: rotationReading(room) },
    'GET /api/live': { asks: nothing, answer: () => live.read() },
    'GET /api/report': { asks: period, answer: report },
    'POST /api/hold': { asks: holdBody, answer: then(deeds.hold) },
    'POST /api/release': { asks: releaseBody, answer: then(deeds.release) },
    'POST /api/run': { asks: runBody, answer: then(deeds.run) },
  }
  const all = Object.entries(routes).map(
    ([name, route]) => [name, checked(route as Route<unknown, unknown>, (it) => jsonReply(200, it))] as const,
  )
  const file = (document: Document) => fileReply(`${room.config.stage}-report.html`, toHtml(document))
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
