import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { type Loaded, parseConfig } from '../../config/load.ts'
import { localTime } from './schedules.ts'

/** The schedule that `npm start` adds, so that nobody has to wait until the night. */
export const DEMO = 'orders-db-now'

/** config/local.yml, and beside what it says one more entry, a one-off at `instant` (epoch ms, whole seconds). */
export async function configWithDemo(file: string, secret: string, instant: number): Promise<Loaded> {
  const document = parseDocument(await readFile(file, 'utf8'))
  const timezone = String(document.getIn(['defaults', 'timezone']) ?? 'UTC')
  document.setIn(
    ['schedules', DEMO],
    document.createNode({
      when: `at(${localTime(instant, timezone)})`,
      timezone,
      secrets: [secret],
      precision: 'second',
    }),
  )
  return parseConfig(file, String(document))
}
