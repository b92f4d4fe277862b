/** What `custom.tourbillon` in serverless.yml says of a stage, beside its config file. */
export type Settings = {
  /** Path of the config file. */
  config: string
  /** Rotation functions that the configured secrets use: names, names ending in `*`, or ARNs. */
  rotationFunctions: string[]
  /** Who gets an e-mail when something needs a person. */
  alertEmails: string[]
  /** Keeps the ledger: no deletion, not even by `serverless remove`. */
  deletionProtection: boolean
  /** Executions that Lambda keeps free for the orchestrator, and the most that it runs at once; undefined: none kept. */
  reservedConcurrency?: number
}

/** Reads the settings. Throws an Error that says which one is wrong, and what is expected. */
export function readSettings(custom: unknown): Settings {
  const given = (custom as { tourbillon?: Record<string, unknown> } | undefined)?.tourbillon ?? {}
  const { config, deletionProtection, reservedConcurrency } = given
  if (typeof config !== 'string') throw wrong('config', 'the path of a config file')
  if (typeof deletionProtection !== 'boolean') throw wrong('deletionProtection', 'true or false')
  if (reservedConcurrency != null && !isCount(reservedConcurrency)) {
    throw wrong('reservedConcurrency', 'null, or a whole number from 1: 0 would stop the orchestrator')
  }
  const rotationFunctions = strings(given, 'rotationFunctions')
  const unsafe = rotationFunctions.find((name) => !FUNCTION.test(name))
  if (unsafe !== undefined) {
    throw wrong('rotationFunctions', `function names, names ending in *, or ARNs; "${unsafe}" is none`)
  }
  return {
    ...{ config, rotationFunctions, alertEmails: strings(given, 'alertEmails'), deletionProtection },
    ...(isCount(reservedConcurrency) && { reservedConcurrency }),
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0
}

/** A lone `*` would be every function of the account: a name is at least begun. */
const FUNCTION = /^([A-Za-z0-9_-]{1,63}\*?|arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+)$/

function strings(given: Record<string, unknown>, key: string): string[] {
  const value = given[key]
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw wrong(key, 'a list of strings')
}

function wrong(key: string, expected: string): Error {
  return new Error(`serverless.yml: custom.tourbillon.${key}: expected ${expected}`)
}
