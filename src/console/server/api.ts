import { type Context, Hono, type TypedResponse } from 'hono'
import { validator } from 'hono/validator'
import type { z } from 'zod'
import { collectEvidence, openEvidence } from '../../operate/evidence.ts'
import { planOf } from '../../operate/plan.ts'
import { toHtml } from '../../report/html.ts'
import { reportOf } from '../../report/report.ts'
import { recordsOf } from '../../runtime/records.ts'
import { cachedRead } from './cached-read.ts'
import type { ServerContext } from './context.ts'
import { HttpError } from './http-error.ts'
import { createLedgerCache } from './ledger-cache.ts'
import * as schemas from './request-schemas.ts'
import { createActions } from './routes/actions.ts'
import { createCalendarReader } from './routes/calendar.ts'
import { createHistoryReader } from './routes/history.ts'
import { createNowReader, createRecordsReader } from './routes/now.ts'
import { createRotationReader } from './routes/rotation.ts'
import { createStageReader } from './routes/stage.ts'

/** A call for each live schedule: not more often than this, ms. */
const LIVE_MS = 5_000

/** Everything that may be asked, and done. The page's client has its types from here: see page/lib/api.ts. */
export type Api = ReturnType<typeof createApi>

export function createApi(context: ServerContext) {
  const { config, now, giveUpMs } = context
  const ledger = createLedgerCache(recordsOf(config.stage).ledger, context)
  const records = createRecordsReader(context)
  const live = cachedRead(() => planOf(config, now(), { giveUpMs }), LIVE_MS)
  const readStage = createStageReader(context)
  const readNow = createNowReader(context, records)
  const readCalendar = createCalendarReader(context, ledger, records)
  const readHistory = createHistoryReader(context, ledger)
  const readRotation = createRotationReader(context)
  const readReport = async (period: schemas.Period) =>
    reportOf(await collectEvidence(await openEvidence(config, period, now(), { giveUpMs })))
  const { hold, release, run, answer, skip, move, cancel } = createActions(context)
  // What was done shows at once.
  const done = <T>(action: Promise<T>) => action.finally(() => records.forget())

  return new Hono()
    .basePath('/api')
    .get('/stage', query(schemas.nothing), async (c) => json(c, await readStage()))
    .get('/now', query(schemas.nothing), async (c) => json(c, await readNow()))
    .get('/calendar', query(schemas.calendar), async (c) => json(c, await readCalendar(c.req.valid('query'))))
    .get('/history', query(schemas.period), async (c) => json(c, await readHistory(c.req.valid('query'))))
    .get('/rotation', query(schemas.rotation), async (c) => json(c, await readRotation(c.req.valid('query'))))
    .get('/live', query(schemas.nothing), async (c) => json(c, await live.read()))
    .get('/report', query(schemas.period), async (c) => json(c, await readReport(c.req.valid('query'))))
    .get('/report.html', query(schemas.period), async (c) => {
      const name = `${config.stage}-report.html`.replaceAll(/[^\w.-]/g, '-')
      const html = toHtml(await readReport(c.req.valid('query')))
      return c.html(html, 200, { 'content-disposition': `attachment; filename="${name}"` })
    })
    .post('/hold', body(schemas.hold), async (c) => json(c, await done(hold(c.req.valid('json')))))
    .post('/release', body(schemas.release), async (c) => json(c, await done(release(c.req.valid('json')))))
    .post('/run', body(schemas.run), async (c) => json(c, await done(run(c.req.valid('json')))))
    .post('/approve', body(schemas.approve), async (c) =>
      json(c, await done(answer('APPROVED', c.req.valid('json')))),
    )
    .post('/reject', body(schemas.reject), async (c) =>
      json(c, await done(answer('REJECTED', c.req.valid('json')))),
    )
    .post('/move', body(schemas.move), async (c) => json(c, await done(move(c.req.valid('json')))))
    .post('/skip', body(schemas.skip), async (c) => json(c, await done(skip(c.req.valid('json')))))
    .post('/cancel', body(schemas.cancel), async (c) => json(c, await done(cancel(c.req.valid('json')))))
}

/** What the page reads has the type that was sent: Hono's own type of JSON allows `undefined` in optional properties. */
function json<T extends object>(c: Context, answer: T) {
  return c.json(answer) as Response & TypedResponse<T, 200, 'json'>
}

/** At the door, and nowhere else: what comes in is what the types say. */
const query = <T extends z.ZodType>(schema: T) => validator('query', (value) => parsed(schema, value))
const body = <T extends z.ZodType>(schema: T) => validator('json', (value) => parsed(schema, value))

function parsed<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const [issue] = error.issues
  throw new HttpError(400, [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
}
