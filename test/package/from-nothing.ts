import { equal, match, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Rotation } from '../../src/model/rotation.ts'
import { type Emulator, onEmulator } from '../deploy/emulator.ts'
import { type Packed, pack, packAs, userEnvironment } from './packed.ts'

/**
 * `npm run test:package`: from an empty folder and a tarball, which stands in for the registry, to a rotation in six commands;
 * then on to a newer release, back to the older, and away; on ministack, as `npm run test:deploy` is. Commands are printed as
 * a user types them, with their seconds.
 */
const STAGE = 'dev'
const SECRET = 'shop/orders/db'
const COMMANDS_BEFORE_THE_FIRST_ROTATION = 6

const say = (line: string) => void process.stdout.write(`${line}\n`)
process.exitCode = await onEmulator('test:package', say, async (emulator) => {
  const folder = await mkdtemp(join(tmpdir(), 'tourbillon-from-nothing-'))
  const packed: Packed[] = []
  try {
    packed.push(await pack())
    packed.push(await packAs('99.0.0', packed[0] as Packed))
    await story(folder, emulator, packed)
  } finally {
    for (const it of [folder, ...packed.map(({ tarball }) => dirname(tarball))])
      await rm(it, { recursive: true, force: true })
  }
})

async function story(folder: string, emulator: Emulator, [older, newer]: Packed[]): Promise<void> {
  if (!older || !newer) throw new Error('two releases are needed')
  const terminal = terminalIn(folder, emulator.env)
  const { type } = terminal
  const installed = async () => (await type('npx aws-tourbillon --version')).trim()
  const [before, after] = await Promise.all([older, newer].map((it) => bring(it, folder)))
  await emulator.python('make_secrets.py', SECRET)
  say(`In an empty folder, beside ${before} (${(older.bytes / 1024).toFixed(0)} KiB):\n`)

  await type(`npm install --save-dev ./${before} serverless@npm:osls@^4`)
  await type(
    `npx aws-tourbillon init --stage ${STAGE} --timezone Europe/Berlin --account 000000000000 --region us-east-1`,
  )
  await edit(join(folder, `config/${STAGE}.yml`))
  match(await type(`npx aws-tourbillon validate --stage ${STAGE}`), /valid \(1 schedule, 1 secret/)
  match(await type(`npx aws-tourbillon next --stage ${STAGE}`), /orders +cron\(0 3 \? \* SUN \*\)/)
  await type(`npx serverless deploy --stage ${STAGE}`)
  const rotate = (reason: string) =>
    type(`npx aws-tourbillon run --stage ${STAGE} --schedule orders --reason ${reason}`)
  match(await rotate('CHG-1'), /SUCCEEDED/)
  const { commands, seconds } = terminal.soFar()
  say(`\n  The first rotation: ${commands} commands, ${seconds.toFixed(0)} s\n`)
  ok(commands <= COMMANDS_BEFORE_THE_FIRST_ROTATION, `${commands} commands`)

  match(await type(`npx aws-tourbillon status --stage ${STAGE}`), /in order\n[\s\S]*orders/)
  const firstVersion = await installed()

  say('\n  Upgrade\n')
  await type(`npm install --save-dev ./${after}`)
  equal(await installed(), '99.0.0')
  await type(`npx serverless deploy --stage ${STAGE}`)
  match(await rotate('CHG-2'), /SUCCEEDED/)

  await type(`npx aws-tourbillon plan --stage ${STAGE} --exit-code`)

  say('\n  Roll back\n')
  await type(`npm install --save-dev ./${before}`)
  equal(await installed(), firstVersion)
  await type(`npx serverless deploy --stage ${STAGE}`)
  match(await rotate('CHG-3'), /SUCCEEDED/)
  const history: Rotation[] = JSON.parse(await type(`npx aws-tourbillon history --stage ${STAGE} --json`))
  equal(history.map(({ status }) => status).join(), 'SUCCEEDED,SUCCEEDED,SUCCEEDED')

  say('\n  Remove\n')
  await type(`npx serverless remove --stage ${STAGE}`)
  equal(await emulator.python('standing.py', `tourbillon-${STAGE}`).then((it) => it.trim()), '{}')
  say('\n  Nothing is left of it.')
}

/** A user's editor: their own schedule instead of the example, and a stage that may be lost. */
async function edit(file: string): Promise<void> {
  const [head = ''] = (await readFile(file, 'utf8')).split(/^schedules:\n/m)
  const disposable = head.replace(/# (?=disposable: true)/, '')
  const schedules = `schedules:\n  orders:\n    when: cron(0 3 ? * SUN *)\n    secrets: [${SECRET}]\n`
  await writeFile(file, disposable + schedules)
  say('          (config edited)')
}

async function bring({ tarball }: Packed, folder: string): Promise<string> {
  await copyFile(tarball, join(folder, basename(tarball)))
  return basename(tarball)
}

/** Types commands one after the other. Each must end well; its output is shown where it does not. */
function terminalIn(folder: string, env: Record<string, string>) {
  let commands = 0
  let seconds = 0
  const type = async (command: string): Promise<string> => {
    const began = performance.now()
    const child = spawn('bash', ['-c', command], { cwd: folder, env: userEnvironment(env), timeout: 300_000 })
    child.stdin.end()
    const ended = once(child, 'close') as Promise<[number | null]>
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    const took = (performance.now() - began) / 1000
    commands += 1
    seconds += took
    say(`${took.toFixed(1).padStart(6)} s  ${command}`)
    if (code !== 0) throw new Error(`exit ${code}\n${out}\n${err}`)
    return out
  }
  return { type, soFar: () => ({ commands, seconds }) }
}
