/**
 * `node test/console/page/preview.ts [PORT]`: the console over a month of records, to look at while its page is made.
 * Rotations that are run from it take half a minute. Ends with Ctrl-C.
 */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { startConsole } from '../../../src/console/server/server.ts'
import { startMonth } from '../month/stage.ts'

const stage = await startMonth({ now: Date.now(), fires: true })
stage.around(async () => pause(7_000))
const { config, file } = stage
const port = Number(process.argv[2] ?? 0)
const console_ = await startConsole({ config, file, port, now: Date.now, announce: console.log })
console.log(console_.url())
await once(process, 'SIGINT')
await console_.stop()
await stage.stop()
process.exit(0)
