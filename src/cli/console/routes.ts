import { z } from 'zod'
import type { Answers } from './answers.ts'
import { jsonReply, type Reply } from './exchange.ts'
import { nowReading, recordsReading } from './now-answer.ts'
import { Refused, refusal } from './refusal.ts'
import type { Room } from './room.ts'
import { stageReading } from './stage-answer.ts'

type Asked<Name extends keyof Answers> = Answers[Name] extends { query: infer Query }
  ? Query
  : Answers[Name] extends { body: infer Body }
    ? Body
    : never

/** One question: what may be asked, and who answers. */
type Route<Asked, Answer> = { asks: z.ZodType<Asked>; answer(asked: Asked): Promise<Answer> }

type Routes = { [Name in keyof Answers]?: Route<Asked<Name>, Answers[Name]['answer']> }

const NOTHING = z.strictObject({})

/** The table of everything that the page may ask. */
export function routesIn(room: Room): Map<string, (asked: unknown) => Promise<Reply>> {
  const records = recordsReading(room)
  const routes: Routes = {
    'GET /api/stage': { asks: NOTHING, answer: stageReading(room) },
    'GET /api/now': { asks: NOTHING, answer: nowReading(room, records) },
  }
  return new Map(
    Object.entries(routes).map(([name, route]) => [name, checked(route as Route<unknown, unknown>)]),
  )
}

/** At the door, and nowhere else: what comes in is what the types say. */
function checked({ asks, answer }: Route<unknown, unknown>): (asked: unknown) => Promise<Reply> {
  return async (asked) => {
    const parsed = asks.safeParse(asked)
    if (parsed.success) return jsonReply(200, await answer(parsed.data))
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.')
    throw new Refused(refusal(400, [where, issue?.message].filter(Boolean).join(': ')))
  }
}
