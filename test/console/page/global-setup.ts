import type { TestProject } from 'vitest/node'
import { NOW } from '../month/config.ts'
import { startMonth } from '../month/stage.ts'
import { chromiumPath, launchServer } from './browser.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the one browser listens. */
    browser: string
    /** The stage with a month of records that every file may look at, and none may change. */
    month: { file: string; env: Record<string, string> }
  }
}

export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (chromiumPath === undefined) return undefined
  const [browser, month] = await Promise.all([launchServer(), startMonth({ now: NOW })])
  project.provide('browser', browser.wsEndpoint())
  project.provide('month', { file: month.file, env: month.aws.env })
  return async () => {
    await browser.close()
    await month.stop()
  }
}
