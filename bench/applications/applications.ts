/**
 * What rotations cost applications, by how each keeps its password: failed queries. Real PostgreSQL, pools of `pg`, the
 * real handlers on the local AWS, planted faults. Prints the tables of docs/handover.md; ends with 1 where something that
 * should be shown was not. `node bench/applications/applications.ts [--rotations N] [--seed S] [--json FILE | --from FILE]
 * [--picture FILE]`: `--json` keeps what was measured, `--from` tells of it again.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { wholeNumber } from '../../src/cli/command.ts'
import { problemsOf } from './judge.ts'
import { picture } from './picture.ts'
import { tables } from './tables.ts'
import { type Figures, measure } from './world.ts'

const { values } = parseArgs({
  options: {
    rotations: { type: 'string', default: '50' },
    seed: { type: 'string', default: '17' },
    json: { type: 'string' },
    from: { type: 'string' },
    picture: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const say = (line: string) => void process.stderr.write(`${line}\n`)
const figures: Figures =
  values.from === undefined
    ? await measure({
        rotations: wholeNumber('rotations', values.rotations, 1, 1_000),
        seed: wholeNumber('seed', values.seed, 0, 2 ** 31),
        ...{ ttlMs: 3_000, everyMs: 120, faults: true, told: say },
        ...(values.verbose && { log: say }),
      })
    : (JSON.parse(readFileSync(values.from, 'utf8')) as Figures)
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(figures))
if (values.picture !== undefined) writeFileSync(values.picture, picture(figures))
process.stdout.write(tables(figures))
const problems = problemsOf(figures)
for (const problem of problems) process.stdout.write(`not shown: ${problem}\n`)
// Idle sessions of applications that are gone would hold it.
process.exit(problems.length > 0 ? 1 : 0)
