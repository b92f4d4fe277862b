import type { Config } from '../../config/config.ts'

/** What every route stands in. */
export type ServerContext = {
  config: Config
  /** The config file, as given. */
  file: string
  /** Where AWS is, if not AWS's own. */
  endpoint?: string | undefined
  /** Epoch ms. */
  now(): number
  /** How long a reading waits for AWS, ms. */
  giveUpMs: number
}
