import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'

/**
 * The compiled config that was packaged with the handlers: `config.json` beside them, or the file that
 * `TOURBILLON_CONFIG` names. Validated when it was compiled, so it is trusted here.
 */
export function bundledConfig(env: Record<string, string | undefined>): Config {
  const file = env.TOURBILLON_CONFIG ?? join(env.LAMBDA_TASK_ROOT ?? '.', 'config.json')
  return JSON.parse(readFileSync(file, 'utf8')) as Config
}
