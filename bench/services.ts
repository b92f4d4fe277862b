/**
 * A local AWS in a process of its own: what AWS does must not keep the orchestrator's process busy. Forked by
 * `apart.ts` with the milliseconds that its rotation function takes; ends with its parent.
 */
import { startLocalAws } from '../src/local/aws.ts'
import { rotatesIn } from './stage.ts'

/** What it tells its parent: first where it is, then each rotation as RotateSecret has come. `at`: epoch ms. */
export type ServiceMessage =
  | { endpoint: string; rotationFunction: string }
  | { secretName: string; at: number }

const aws = await startLocalAws()
Object.assign(process.env, aws.env)
const takes = Number(process.argv[2])
aws.functions.set(
  'rotate',
  rotatesIn(() => takes),
)
const send = (message: ServiceMessage) => process.send?.(message)
// Told as RotateSecret is answered, before any step of the rotation function.
aws.secretsManager.listeners.push(({ type, at, secretName }) => {
  if (type === 'RotationStarted') send({ secretName, at })
})
process.on('disconnect', () => void aws.stop())
send({ endpoint: aws.endpoint, rotationFunction: aws.arnOfFunction('rotate') })
