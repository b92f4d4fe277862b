/**
 * A local AWS in a process of its own: what AWS does must not keep the orchestrator's process busy. Forked by
 * `apart.ts` with the milliseconds that its rotation function takes; ends with its parent.
 */
import { startLocalAws } from '../src/local/aws.ts'
import { rotatesIn } from './stage.ts'

/** What it tells its parent: first where it is, then each rotation as RotateSecret has come. `at`: epoch ms. */
export type NotifiedFindings =
  | { endpoint: string; rotationFunction: string }
  | { secretName: string; at: number }

const aws = await startLocalAws()
Object.assign(process.env, aws.env)
const takes = Number(process.argv[2])
aws.functions.set(
  'rotate',
  rotatesIn(() => takes),
)
const notify = (told: NotifiedFindings) => process.send?.(told)
// Told as RotateSecret is answered, before any step of the rotation function.
aws.secretsManager.listeners.push(({ type, at, secretName }) => {
  if (type === 'RotationStarted') notify({ secretName, at })
})
process.on('disconnect', () => void aws.stop())
notify({ endpoint: aws.endpoint, rotationFunction: aws.arnOfFunction('rotate') })
