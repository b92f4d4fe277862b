import type { Browser, BrowserContextOptions } from 'playwright-core'
import { type Console, startConsole } from '../../../src/console/server/server.ts'
import type { MonthStage } from '../month/stage.ts'
import { type Visit, visit } from './browser.ts'

/** A console over a stage, and a browser before it. */
export type Served<S extends LookedAt = LookedAt> = {
  stage: S
  console: Console
  /** What the console told its terminal: links, and mistakes. */
  told: string[]
  /** A visitor who has not opened the console yet. */
  visit(options?: BrowserContextOptions): Promise<Visit>
  /** A visitor who has opened it by its newest link, at `#/…`. */
  open(view?: string, options?: BrowserContextOptions): Promise<Visit>
  /** Every visitor leaves. Answers with what went wrong before them: to be empty. */
  leave(): Promise<string[]>
  stop(): Promise<void>
}

/** What a console needs to know of a stage whose AWS this process's environment leads to. */
export type LookedAt = Pick<MonthStage, 'config' | 'file' | 'records'>

/** `clock`: the console's, epoch ms. */
export async function serve<S extends LookedAt>(
  stage: S,
  browser: Browser,
  clock: () => number,
): Promise<Served<S>> {
  const told: string[] = []
  const { config, file } = stage
  const served = await startConsole({
    ...{ config, file, port: 0, endpoint: process.env.AWS_ENDPOINT_URL },
    now: clock,
    announce: (line) => told.push(line),
    complain: (line) => told.push(`complaint: ${line}`),
  })
  let visits: Visit[] = []
  const newVisit = async (given: BrowserContextOptions = {}) => {
    const one = await visit(browser, given)
    visits.push(one)
    return one
  }
  return {
    ...{ stage, console: served, told },
    visit: newVisit,
    async open(view = 'now', given) {
      const one = await newVisit(given)
      await one.page.goto(`${served.url()}#/${view}`)
      await one.page.getByRole('navigation', { name: 'Views' }).waitFor()
      return one
    },
    async leave() {
      const left = visits
      visits = []
      await Promise.all(left.map(({ page }) => page.context().close()))
      return [...left.flatMap((it) => it.problems()), ...told.filter((line) => line.startsWith('complaint'))]
    },
    stop: () => served.stop(),
  }
}
