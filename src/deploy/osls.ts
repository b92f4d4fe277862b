import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { CannotDo } from '../model/errors.ts'
import type { OslsFunction } from './functions.ts'
import type { Resources } from './template.ts'

/** The parts of osls that the plugin touches. */
export type Osls = {
  serviceDir: string
  configurationFilename: string
  service: {
    service: string
    resources?: { Resources?: object; Outputs?: object }
    provider: Provider & { compiledCloudFormationTemplate?: { Resources: Resources } }
    functions: Record<string, OslsFunction>
  }
  /** serverless.yml as it was read, with what osls has made of it since. */
  configurationInput: Written
  processedInput: { commands: string[] }
  extendConfiguration(path: string[], value: unknown): void
  getProvider(name: 'aws'): {
    getStage(): string
    getRegion(): string
    getAwsSdkV3Config(): Promise<Pick<DynamoDBClientConfig, 'region' | 'credentials'>>
    getAwsSdkV3CredentialsProvider(): NonNullable<DynamoDBClientConfig['credentials']>
    naming: { getLambdaDurableAliasName: () => string }
  }
  classes: { Error: new (message: string, code?: string) => Error }
}

type Provider = { region?: string; [key: string]: unknown }

type Written = {
  functions?: unknown
  custom?: unknown
  params?: unknown
  provider?: unknown
}

export type Options = { function?: unknown; region?: unknown; 'aws-profile'?: unknown }

export type OslsLog = { warning(text: string): void; notice(text: string): void }

/** Our errors are messages for people: osls prints its own kind without a stack trace. */
export async function reported(osls: Pick<Osls, 'classes'>, work: () => Promise<void> | void): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CannotDo) {
      const hint = error.hint === undefined ? '' : `\n    hint: ${error.hint}`
      throw new osls.classes.Error(`${error.message}${hint}`, 'TOURBILLON')
    }
    if (!(error instanceof Error) || error.constructor !== Error) throw error
    throw new osls.classes.Error(error.message, 'TOURBILLON')
  }
}
