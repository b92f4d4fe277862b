import { SNS_CHANNEL } from './sns-channel.ts'

/**
 * The channels by which texts reach people. `name`: the key of its address under the config's `notify:`. `actions`: what
 * IAM asks for (in the statement `sid`), on each address that the config has, a name or an ARN; `ownTopic`: and on the stage's own alert topic.
 */
export const CHANNELS = [SNS_CHANNEL] as const
