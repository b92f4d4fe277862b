import { z } from 'zod'

/** A lone `*` would be every function of the account: a name is at least begun. */
const FUNCTION = /^([A-Za-z0-9_-]{1,63}\*?|arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+)$/

const CAPACITY = 'null, or a whole number from 1: 0 would stop the orchestrator'

/** What `custom.tourbillon` in serverless.yml says of a stage, beside its config file: each value, or what is expected. */
const settings = z.object({
  /** Path of the config file. */
  config: z.string('the path of a config file'),
  /** Rotation functions that the configured secrets use: names, names ending in `*`, or ARNs. */
  rotationFunctions: z.array(
    z.string('a list of strings').regex(FUNCTION, {
      error: ({ input }) => `function names, names ending in *, or ARNs; "${input}" is none`,
    }),
    'a list of strings',
  ),
  /** Who gets an e-mail when something needs a person. */
  alertEmails: z.array(z.string('a list of strings'), 'a list of strings'),
  /** Keeps the ledger: no deletion, not even by `serverless remove`. */
  deletionProtection: z.boolean('true or false'),
  /** Executions that Lambda keeps free for the orchestrator, and the most that it runs at once; undefined: none kept. */
  reservedConcurrency: z
    .int(CAPACITY)
    .positive(CAPACITY)
    .nullish()
    .transform((count) => count ?? undefined)
    .optional(),
})

export type Settings = z.output<typeof settings>

/** Reads the settings. Throws an Error that says which one is wrong, and what is expected. */
export function readSettings(custom: unknown): Settings {
  const given = (custom as { tourbillon?: object } | undefined)?.tourbillon ?? {}
  const { success, data, error } = settings.safeParse(given)
  if (success) return data
  const [issue] = error.issues
  throw new Error(`serverless.yml: custom.tourbillon.${String(issue?.path[0])}: expected ${issue?.message}`)
}
