import { CannotDo } from '../model/errors.ts'
import { oneLine } from '../model/text.ts'
import { findStuck, unstick as removeLabel } from '../operate/unstick.ts'
import type { Command, Terminal } from './command.ts'
import { stageInAnyCase } from './load-config.ts'

export const unstick: Command = {
  name: 'unstick',
  summary: 'remove a stuck AWSPENDING label, after showing what that means',
  help: `Usage: aws-tourbillon unstick SECRET [--config FILE | --stage NAME] [--yes] [--json]

A rotation that failed leaves its version AWSPENDING, and the next rotation attempts that version
again: mostly that is what you want, once the rotation function is mended. Where it is not, this
removes the staging label (UpdateSecretVersionStage), so that the next rotation starts afresh.
So it is where the label is left on a version that was AWSCURRENT before (OLD_VERSION_PENDING): a
rotation would bring that old value back over the newer one.

Read before you agree: if the failed rotation had already set the new password in the database,
the pending version holds the only copy of the live password. Log in with the current version
first. Without its label the version is deprecated, and Secrets Manager may delete it.

It needs secretsmanager:DescribeSecret and UpdateSecretVersionStage of your own AWS identity:
Tourbillon's functions have no right to do this.

  --stage NAME  the stage whose secret it is: in its region, and in no account but its own. Without it,
                wherever your AWS settings say
  --yes         do not ask

Exit status: 0 removed; 1 nothing is stuck, or you said no; 2 it could not be done.
Example: npx aws-tourbillon unstick --stage prod prod/orders/db
`,
  options: { yes: { type: 'boolean' } },
  async run(args, terminal) {
    const { values, positionals } = args
    const [secret, ...more] = positionals
    if (secret === undefined || more.length > 0)
      throw new CannotDo('which secret?', { hint: 'npx aws-tourbillon unstick --stage NAME SECRET' })
    // It needs no stage. One that is named has its place, which holds here, too.
    if ((values.stage ?? values.config) !== undefined) await stageInAnyCase(args, terminal)
    const stuck = await findStuck(secret)
    if ('nothing' in stuck) {
      if (values.json) terminal.out(`${JSON.stringify({ removed: false, reason: stuck.nothing })}\n`)
      else terminal.err(`nothing to do: ${stuck.nothing}\n`)
      return 1
    }
    terminal.err(
      `${secret}: version ${oneLine(stuck.versionId)} is AWSPENDING; AWSCURRENT is ${oneLine(stuck.currentVersionId ?? 'on no version')}.\n` +
        'Removing the label gives that version up. If its password is already set in the database, it is the only copy:\n' +
        'check that the current version can still log in.\n',
    )
    if (!values.yes && !(await agreed(terminal))) {
      terminal.err('nothing was changed\n')
      return 1
    }
    await removeLabel(secret, stuck.versionId)
    if (values.json) terminal.out(`${JSON.stringify({ removed: true, ...stuck })}\n`)
    else
      terminal.out(
        `removed AWSPENDING from ${oneLine(stuck.versionId)}; the next rotation of ${secret} starts afresh\n`,
      )
    return 0
  },
}

async function agreed({ confirm }: Terminal): Promise<boolean> {
  if (!confirm) throw new CannotDo('nobody is there to ask', { hint: 'add --yes' })
  return confirm('Remove the label?')
}
