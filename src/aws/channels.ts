import { SNS_CHANNEL } from './sns-channel.ts'

/**
 * The channels by which texts reach people. `name`: the key of its address under the config's `notify:`. `actions`: what
 * IAM asks for, in the statement `sid`, on each address (name or ARN) of the config; `ownTopic`: on the stage's own
 * alert topic, too.
 */
export const CHANNELS = [SNS_CHANNEL] as const
