import type { Browser, BrowserContextOptions } from 'playwright-core'
import { type Console, startConsole } from '../../src/console/server/server.ts'
import { launch, type Visit, visit } from './browser.ts'
import { type MonthOptions, type MonthStage, startMonth } from './stage.ts'

/** A console over the month's stage, and a browser before it. */
export type Served = {
  stage: MonthStage
  console: Console
  /** What the console told its terminal: links, and mistakes. */
  told: string[]
  browser: Browser
  /** A visitor who has not opened the console yet. */
  visit(options?: BrowserContextOptions): Promise<Visit>
  /** A visitor who has opened it by its newest link, at `#/…`. */
  open(view?: string, options?: BrowserContextOptions): Promise<Visit>
  /** Every visitor leaves. Answers with what went wrong before them: to be empty. */
  leave(): Promise<string[]>
  stop(): Promise<void>
}

/** Once a process, as stages are. `now`: the console's clock, epoch ms. */
export async function serve(options: MonthOptions & { clock?: () => number }): Promise<Served> {
  const [stage, browser] = await Promise.all([startMonth(options), launch()])
  const told: string[] = []
  const { config, file, aws } = stage
  const served = await startConsole({
    ...{ config, file, port: 0, endpoint: aws.endpoint },
    now: options.clock ?? (() => options.now),
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
    ...{ stage, console: served, told, browser },
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
    async stop() {
      await browser.close()
      await served.stop()
      await stage.stop()
    },
  }
}
