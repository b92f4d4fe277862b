/**
 * What starting costs: `node bench/start-up.ts`.
 * Handlers: bytes of code, and the import of each deployment package in a process of its own. The command: whole
 * processes, as `node src/cli/main.ts` and as `npx aws-tourbillon`, in turn, so that whatever else the machine does meets
 * all of them alike. Medians. `--runs N` (11).
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { unzipSync } from 'fflate'
import { bundle } from '../src/deploy/bundle.ts'
import { configOf, yamlOf } from './config.ts'
import { aligned, kib, median, ms } from './distribution.ts'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '11' } } })
const RUNS = Number(values.runs)
const ROOT = join(import.meta.dirname, '..')
const HANDLERS = ['rotate', 'rotate-now', 'audit', 'observe']

const directory = mkdtempSync(join(tmpdir(), 'tourbillon-bench-'))
try {
  console.log(aligned(await handlerRows()))
  console.log()
  console.log(aligned(commandRows()))
} finally {
  rmSync(directory, { recursive: true })
}

async function handlerRows(): Promise<string[][]> {
  const packages: { name: string; start: number; zipped: number; made: number; imports: number[] }[] = []
  for (const name of HANDLERS) {
    const began = performance.now()
    const { archive, startBytes } = await bundle(join(ROOT, `handlers/${name}.ts`), configOf(100))
    const made = performance.now() - began
    mkdirSync(join(directory, name))
    for (const [path, content] of Object.entries(unzipSync(archive)))
      writeFileSync(join(directory, name, path), content)
    packages.push({ name, start: startBytes, zipped: archive.length, made, imports: [] })
  }
  for (let run = 0; run < RUNS; run++)
    for (const { name, imports } of packages) imports.push(coldImport(join(directory, name)))
  return [
    ['handler', 'code at start', 'zipped in all', 'bundling', 'cold import'],
    ...packages.map(({ name, start, zipped, made, imports }) => [
      ...[name, kib(start), kib(zipped), ms(made), ms(median(imports))],
    ]),
  ]
}

/** From the start of the import to the handler; the process itself is there already in Lambda. */
function coldImport(task: string): number {
  const script =
    'const began = performance.now(); await import(process.argv[1]); console.log(performance.now() - began)'
  const args = ['--input-type=module', '-e', script, join(task, 'index.mjs')]
  const env = { LAMBDA_TASK_ROOT: task, AWS_REGION: 'us-east-1' }
  return Number(execFileSync(process.execPath, args, { env }))
}

function commandRows(): string[][] {
  const hundred = join(directory, 'hundred.yml')
  writeFileSync(hundred, yamlOf(100))
  const commands = [
    ['--version'],
    ['--help'],
    ['validate', '--stage', 'prod'],
    ['next', '--stage', 'prod'],
    ['validate', '--config', hundred],
    ['next', '--config', hundred],
  ].map((args) => ({ args, direct: [] as number[], npx: [] as number[] }))
  const bare: number[] = []
  // The first round warms the disk's cache and ours, and is not counted.
  for (let run = 0; run <= RUNS; run++) {
    bare.push(wholeProcess(process.execPath, ['-e', '0']))
    for (const { args, direct, npx } of commands) {
      direct.push(wholeProcess(process.execPath, ['src/cli/main.ts', ...args]))
      npx.push(wholeProcess('npx', ['tourbillon', ...args]))
    }
    if (run === 0)
      for (const times of [bare, ...commands.flatMap((it) => [it.direct, it.npx])]) times.length = 0
  }
  const version = median(commands[0]?.direct ?? [])
  return [
    ['command', 'node', '÷ --version', 'npx', 'npx’s share'],
    ['node -e 0', ms(median(bare)), '', '', ''],
    ...commands.map(({ args, direct, npx }) => {
      const [alone, inAll] = [median(direct), median(npx)]
      const title = args.join(' ').replace(hundred, '(100 schedules)')
      return [title, ms(alone), (alone / version).toFixed(1), ms(inAll), ms(inAll - alone)]
    }),
  ]
}

function wholeProcess(program: string, args: string[]): number {
  const began = performance.now()
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'ignore' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`, { cause: error })
  return performance.now() - began
}
