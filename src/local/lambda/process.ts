/**
 * A process that runs the code of one function's version, one invocation at a time, as an execution environment of
 * Lambda's does. Started by `processes.ts` with the folder of the code and the name of the handler.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asError } from '../../model/text.ts'
import type { Asked, Told } from './processes.ts'

const [, , folder = '', name = ''] = process.argv
const tell = (told: Told) => process.send?.(told)

// Nobody is left to answer.
process.on('disconnect', () => process.exit())

try {
  const [module = '', method = ''] = name.split('.')
  const file = ['.mjs', '.cjs', '.js'].map((it) => join(folder, module + it)).find((it) => existsSync(it))
  if (file === undefined) throw new Error(`Cannot find module '${module}'`)
  const loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const handler = loaded[method] ?? (loaded.default as Record<string, unknown> | undefined)?.[method]
  if (typeof handler !== 'function') throw new Error(`${name} is undefined or not exported`)
  process.on('message', (asked: Asked) => void run(handler as Handler, asked))
  tell({ ready: true })
} catch (error) {
  tell({ broken: String(error) })
}

type Handler = (event: unknown, context: object) => Promise<unknown>

async function run(handler: Handler, { event, context, remainingMs }: Asked) {
  const ends = Date.now() + remainingMs
  try {
    const result = await handler(event, {
      ...context,
      getRemainingTimeInMillis: () => ends - Date.now(),
    })
    tell({ result: result ?? null })
  } catch (error) {
    const { name, message } = asError(error)
    tell({ error: { name, message } })
  }
}
