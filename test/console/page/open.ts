import { readFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { inject } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { recordsOf } from '../../../src/runtime/records.ts'
import { NOW, STAGE } from '../month/config.ts'
import { type MonthOptions, type MonthStage, startMonth } from '../month/stage.ts'
import { type Served, serve } from './served.ts'

/** A console over the stage that all files share: for tests that change nothing in it. */
export async function serveShared(): Promise<Served> {
  const { file, env } = inject('month')
  Object.assign(process.env, env)
  const loaded = parseConfig(file, await readFile(file, 'utf8'))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const records = recordsOf(STAGE)
  const browser = await chromium.connect(inject('browser'))
  const served = await serve({ config: loaded.config, file, records }, browser, () => NOW)
  return {
    ...served,
    async stop() {
      await browser.close()
      await served.stop()
    },
  }
}

/** A console over a stage of the test file's own, which it may change. */
export async function serveOwn(
  options: MonthOptions & { clock?: () => number },
): Promise<Served<MonthStage>> {
  const [stage, browser] = await Promise.all([startMonth(options), chromium.connect(inject('browser'))])
  const served = await serve(stage, browser, options.clock ?? (() => options.now))
  return {
    ...served,
    async stop() {
      await browser.close()
      await served.stop()
      await stage.stop()
    },
  }
}
