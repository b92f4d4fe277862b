import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

import { parseConfig } from '../config/load.ts'
import { describeProblem } from '../config/problem.ts'
import { diffConfigs, isDifferent } from '../diff/diff.ts'
import type { Side } from '../diff/permissions.ts'
import { CannotDo } from '../model/errors.ts'
import { iso } from '../model/time.ts'
import { type Arguments, type Command, jsonText, refuseBeside, type Terminal } from './command.ts'
import { asMarkdown } from './diff-markdown.ts'
import { asText } from './diff-text.ts'
import type { Compared } from './diff-words.ts'
import { instantOf } from './instants.ts'
import { configFileOf, nearest } from './load-config.ts'
import { readAtRevision } from './revision.ts'

export const diff: Command = {
  name: 'diff',
  summary: 'what a change of a config changes: which rotations are gained, lost, moved',
  help: `Usage: aws-tourbillon diff BASE HEAD [--stage NAME | --config FILE] [OPTIONS]

Compares two configs by what they mean: fields, a year of rotations, freezes, secrets,
permissions, rules, warnings. Offline, and reads only.

  BASE, HEAD      config files (they end in .yml or .yaml, or begin with / or ./), or with
                  --stage or --config git revisions: that stage's file as it is there
  --from ISO      the year begins at this instant (default: now); a bare date is its midnight in UTC
  --format FORM   text (default), or md: Markdown that fits a comment on a pull request
  --exit-code     exit 1 where anything differs
  --json          { "different", "base", "head", "from", "to", "schedules": [{ "name", "change",
                  "gained": [ISO], "lost": [ISO], "moved": [{ "from", "to" }], … }], "stage",
                  "freezes", "rules", "secrets", "permissions", "warnings", "broken" }

gained, lost: rotations that only HEAD, only BASE has; one that a freeze swallows is lost.
moved: one that goes and one that comes on the same local day, paired in order.

Exit status: 0 compared, different or not; 1 BASE or HEAD is invalid, or with --exit-code
anything differs; 2 it could not be done (an unreadable file, an unknown revision, no git repository).
Example: npx aws-tourbillon diff main HEAD --stage prod
         npx aws-tourbillon diff main config/prod.yml --stage prod --format md
`,
  options: {
    from: { type: 'string' },
    format: { type: 'string' },
    'exit-code': { type: 'boolean' },
  },
  async run(args, terminal) {
    refuseBeside(args, 'json', ['format'])
    const { from, format = 'text', json } = args.values
    if (format !== 'text' && format !== 'md')
      throw new CannotDo(`no format "${String(format)}"`, { hint: 'there are: text, md' })
    const start = typeof from === 'string' ? instantOf('from', from) : terminal.now()
    const [base, head] = await sidesOf(args)
    const [before, after] = [sideOf(base, terminal), sideOf(head, terminal)]
    if (before === undefined || after === undefined) return 1
    const found = diffConfigs(before, after, start)
    if (json) {
      const answer = asJson({ base: base.label, head: head.label, found })
      terminal.out(jsonText(answer))
    } else {
      const compared = { base: nameOf(base), head: nameOf(head), found }
      terminal.out(format === 'md' ? asMarkdown(compared) : asText(compared, terminal))
    }
    return isDifferent(found) && args.values['exit-code'] ? 1 : 0
  },
}

/** `label`: as errors call it, `main:config/prod.yml` at a revision. `content` undefined: no such file there. */
type Source = { label: string; file: string; content: string | undefined }

/** A comment in which everything is new says why. */
function nameOf({ label, content }: Source): string {
  return content === undefined ? `${label} (no such file)` : label
}

async function sidesOf(args: Arguments): Promise<[Source, Source]> {
  const [base, head, more] = args.positionals
  if (base === undefined || head === undefined || more !== undefined)
    throw new CannotDo(more === undefined ? 'compare what with what?' : `unexpected "${more}"`, {
      hint: 'npx aws-tourbillon diff old.yml new.yml, or npx aws-tourbillon diff main HEAD --stage NAME',
    })
  const sides: [Source, Source] = [await sourceOf(base, args), await sourceOf(head, args)]
  if (sides.every(({ content }) => content === undefined))
    throw new CannotDo(`${sides[0].file} is neither in ${base} nor in ${head}`, {
      hint: existsSync(sides[0].file)
        ? 'it is here, and in neither: commit it, or compare two files'
        : await nearest(sides[0].file),
    })
  return sides
}

async function sourceOf(name: string, args: Arguments): Promise<Source> {
  const { config, stage } = args.values
  if (/\.ya?ml$|^\.{0,2}\//.test(name)) return { label: name, file: name, content: await fileAt(name) }
  if (config === undefined && stage === undefined)
    throw new CannotDo(`"${name}" is no .yml file`, {
      hint: `is it a git revision? add --stage NAME (config/NAME.yml there); a file of another ending begins with ./`,
    })
  const file = configFileOf(args)
  return { label: `${name}:${file}`, file, content: await readAtRevision(name, file, { orFile: true }) }
}

async function fileAt(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new CannotDo(`cannot read ${file}: ${error.message}`, { hint: 'check the path', cause: error })
  }
}

/**
 * Undefined where it is invalid, its errors told. A stage that one side has not yet, or no more, has no schedules there:
 * that is said, for it would look the same if its file had another name.
 */
function sideOf({ label, file, content }: Source, terminal: Terminal): Side | undefined {
  if (content === undefined)
    terminal.err(`${label} does not exist: compared with a stage without schedules\n`)
  const parsed = parseConfig(file, content ?? 'schedules: {}')
  if (parsed.ok) return parsed
  for (const error of parsed.errors) terminal.err(`${describeProblem('error', { ...error, file: label })}\n`)
  return undefined
}

function asJson({ base, head, found }: Compared): Record<string, unknown> {
  const sight = (it: { timezone: string; next: number | undefined } | undefined) =>
    it === undefined ? null : { timezone: it.timezone, next: it.next === undefined ? null : iso(it.next) }
  const { stage, freezes, rules, secrets, permissions, warnings, broken } = found
  return {
    different: isDifferent(found),
    base,
    head,
    from: iso(found.from),
    to: iso(found.to),
    schedules: found.schedules.map(
      ({ name, change, was, fields, before, after, gained, lost, moved, frozen, beyond }) => ({
        name,
        change,
        ...(was !== undefined && { was }),
        gained: gained.map(iso),
        lost: lost.map(iso),
        moved: moved.map(({ from, to }) => ({ from: iso(from), to: iso(to) })),
        frozen: frozen.map(({ at, freeze }) => ({ at: iso(at), freeze })),
        beyond: beyond.map(iso),
        fields,
        before: sight(before),
        after: sight(after),
      }),
    ),
    ...{ stage, freezes, rules, secrets, permissions, warnings, broken },
  }
}
