import { CHANNELS } from '../aws/channels.ts'
import { openEventBus } from '../aws/event-bus.ts'
import type { Config } from '../config/config.ts'
import type { NotifierSettings } from '../notify/notifier.ts'

/** The lasting part of what a function announces with. serverless.yml names the stage's topic in the environment. */
export function openNotifierSettings(
  config: Config,
  env: Record<string, string | undefined>,
): Omit<NotifierSettings, 'log'> {
  const { AWS_REGION: region } = env
  if (region === undefined) throw new Error('AWS_REGION is not set: Lambda sets it, and texts name it')
  const channels = CHANNELS.map(({ open }) => open(env))
  return { config, region, eventBus: openEventBus(), channels, now: Date.now }
}
