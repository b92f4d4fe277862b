import { CannotDo } from '../model/errors.ts'
import { says } from '../model/text.ts'
import { answer } from './approve.ts'
import type { Command } from './command.ts'

export const reject: Command = {
  name: 'reject',
  summary: 'keep a wave that waits for an approval from starting',
  help: `Usage: aws-tourbillon reject --stage NAME ID --reason TEXT [--json]

Nothing of the wave rotates: each of its secrets is SKIPPED NOT_APPROVED, with who and why.
The first answer stands. To see what waits: npx aws-tourbillon approve --list

  ID              as announced: k7q-m2f-9x1; capitals, or no hyphens, are fine
  --reason TEXT   why: it stands in the outcome of every secret

Exit status: 0 rejected, by you or already; 1 it was approved, or the time is over; 2 it could not be done.
Example: npx aws-tourbillon reject --stage prod k7q-m2f-9x1 --reason 'the batch still runs'
`,
  options: { reason: { type: 'string' } },
  async run(args, terminal) {
    if (!says(String(args.values.reason ?? ''))) {
      throw new CannotDo('why?', { hint: 'add --reason TEXT: it stands in the outcome of every secret' })
    }
    return answer('REJECTED', args, terminal)
  },
}
