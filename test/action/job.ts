import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runAction } from '../../src/action/action.ts'
import { bareEnvironment } from '../cli/tourbillon.ts'

const CHECKOUT = join(import.meta.dirname, '../..')

/** A user's repository, cloned by a job: its git, its node_modules with this package, and what the runner hands a step. */
export function openJob() {
  const workspace = mkdtempSync(join(tmpdir(), 'tourbillon-action-'))
  const runner = mkdtempSync(join(tmpdir(), 'tourbillon-runner-'))
  const file = (name: string) => join(runner, name)
  const read = (name: string) => {
    try {
      return readFileSync(file(name), 'utf8')
    } catch {
      return ''
    }
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=mira', '-c', 'user.email=mira@example.com', ...args], {
      cwd: workspace,
      encoding: 'utf8',
    }).trim()
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(workspace, name)), { recursive: true })
    writeFileSync(join(workspace, name), text)
  }
  git('init', '-q', '-b', 'main')
  write('.gitignore', 'node_modules\n')
  mkdirSync(join(workspace, 'node_modules'))
  symlinkSync(CHECKOUT, join(workspace, 'node_modules/aws-tourbillon'))

  return {
    workspace,
    git,
    write,
    /** All of it, as one commit; its id. */
    commit(files: Record<string, string>): string {
      for (const [name, text] of Object.entries(files)) write(name, text)
      git('add', '-A')
      git('commit', '-q', '-m', 'a change')
      return git('rev-parse', 'HEAD')
    },
    event(event: object): void {
      writeFileSync(file('event.json'), JSON.stringify(event))
    },
    /** The step with these inputs, named as in action.yml. */
    async run(inputs: Record<string, string>, more: Record<string, string> = {}) {
      for (const name of ['summary.md', 'output.txt']) rmSync(file(name), { force: true })
      let log = ''
      const env = bareEnvironment({
        ...Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
        ),
        GITHUB_WORKSPACE: workspace,
        GITHUB_REPOSITORY: 'acme/secrets',
        GITHUB_RUN_ID: '1',
        GITHUB_EVENT_PATH: file('event.json'),
        GITHUB_STEP_SUMMARY: file('summary.md'),
        GITHUB_OUTPUT: file('output.txt'),
        ...more,
      })
      const code = await runAction(env, (text) => {
        log += text
      })
      return { code, log, summary: read('summary.md'), output: read('output.txt') }
    },
    close() {
      for (const folder of [workspace, runner]) rmSync(folder, { recursive: true })
    },
  }
}
