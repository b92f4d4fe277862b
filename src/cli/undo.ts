import { CannotDo } from '../model/errors.ts'
import { commandFor } from '../model/pasteable.ts'
import { findRotations } from '../operate/history.ts'
import { rotationsSince, undoAdvice } from '../operate/undo.ts'
import { type Command, jsonText } from './command.ts'
import { indented } from './layout.ts'
import { stageOption, validConfig } from './load-config.ts'
import { openProgress } from './progress.ts'
import { rotationIdIn } from './rotation-id.ts'
import { rotationTable } from './rotation-table.ts'

export const undo: Command = {
  name: 'undo',
  summary: 'what undoing a rotation would do, and what is right instead; it changes nothing',
  help: `Usage: aws-tourbillon undo --stage NAME ID [--json]

An adviser. It reads the record of a rotation, and says what moving AWSCURRENT back would do here:
with one user the old password is dead, and it would break more; with two that take turns
(\`strategy: alternating\`) the old login lives until the next rotation. Then what is right, as
commands to paste, with your own rights. It calls nothing that changes anything.

  ID      the rotation's id, or its beginning, as npx aws-tourbillon history has it
  --json  the advice as JSON

Exit status: 0 said; 1 there is no such rotation, or more than one; 2 the ledger could not be read.
Example: npx aws-tourbillon undo --stage prod 28e2bcee
`,
  options: {},
  async run(args, terminal) {
    const [id, more] = args.positionals
    if (id === undefined || more !== undefined)
      throw new CannotDo('which rotation?', { hint: 'one ID: npx aws-tourbillon history has them' })
    const stage = stageOption(args)
    const config = await validConfig(args, terminal)
    const found = await findRotations(config, rotationIdIn(id), terminal.now(), openProgress(terminal))
    const [rotation, ...others] = found
    if (rotation === undefined) {
      const hint = `${commandFor(stage, 'history')} has ids`
      terminal.err(`no such rotation in the ledger of ${config.stage}\n    hint: ${hint}\n`)
      return 1
    }
    if (others.length > 0) {
      terminal.err(
        `${found.length} rotations may be meant: which?\n${rotationTable(found, terminal, undefined)}`,
      )
      return 1
    }
    const advice = undoAdvice(rotation, config, await rotationsSince(config, rotation), stage)
    if (args.values.json) terminal.out(jsonText(advice))
    else {
      const { secretName, status, reason, scheduledAt } = rotation
      const lines = [
        `${secretName}, ${[status, reason].filter(Boolean).join(' ')}, of ${scheduledAt} (strategy ${advice.strategy})`,
        '',
        ...indented(advice.labels, 0, terminal.columns),
        ...advice.commands.flatMap(({ what, command }) => ['', `${what}:`, `  ${command}`]),
      ]
      terminal.out(`${lines.join('\n')}\n`)
    }
    return 0
  },
}
