import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FactName, Verdict } from '../../src/model/facts.ts'
import { bareEnvironment, type Ended, tourbillonProcess } from '../cli/tourbillon.ts'
import type { Lie } from './lies.ts'
import type { AskedOfAws, SaidByAws } from './local-aws.ts'

const STAGE = 'verified'

const CONFIG = `stage: { account: "000000000000", region: eu-central-1 }
defaults: { timezone: Europe/Berlin }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [prod/app] }
`

export type Told = { facts: { name: FactName; verdict: Verdict; seen?: unknown }[] }

/**
 * A local AWS that tells these lies, by a clock that goes `speed` times as fast, and commands that go by it. `way`: what
 * commands reach it by.
 */
export async function startVerifyWorld(
  lies: Lie[],
  { way = async (_, env) => env, speed = speedHere() }: { way?: Way; speed?: number } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'tourbillon-verify-'))
  await mkdir(join(directory, 'config'))
  const config = join(directory, 'config', `${STAGE}.yml`)
  await writeFile(config, CONFIG)
  const clock = {
    CHAOS_SPEED: String(speed),
    CHAOS_BEGAN: String(Date.now()),
    NODE_OPTIONS: `--import ${join(import.meta.dirname, '../chaos/clock.ts')}`,
  }
  const child = fork(join(import.meta.dirname, 'local-aws.ts'), [JSON.stringify(lies), STAGE], {
    ...{ env: bareEnvironment(clock), execArgv: [], silent: true },
  })
  const log: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (it) => log.push(String(it)))
  const ready = once(child, 'message')
  const died = once(child, 'exit').then(() =>
    Promise.reject(new Error(`the local AWS died: ${log.join('')}`)),
  )
  died.catch(() => {})
  const [{ env, endpoint }] = (await Promise.race([ready, died])) as [SaidByAws & Reached]
  let ids = 0

  function ask(asked: Asked): Promise<unknown> {
    const id = ++ids
    return new Promise((resolve) => {
      const hear = (said: SaidByAws) => {
        if (!('id' in said) || said.id !== id) return
        child.off('message', hear)
        resolve(said.said)
      }
      child.on('message', hear)
      child.send({ ...asked, id })
    })
  }

  const environment = { ...(await way(endpoint, env)), ...clock }
  return {
    /** `npx aws-tourbillon …` as a process, by that clock. */
    run: (...args: string[]): Promise<Ended> =>
      tourbillonProcess([...args, '--config', config], {
        ...{ env: environment, cwd: directory, limitMs: 600_000 },
      }),
    /** `minutes`: how long it waits for what may never come. */
    async verify(only: FactName[] = [], minutes = 10) {
      const more = only.flatMap((it) => ['--only', it])
      const ended = await this.run('verify', '--yes', '--json', '--minutes', String(minutes), ...more)
      return { ...ended, told: JSON.parse(ended.stdout || '{"facts":[]}') as Told }
    },
    left: () => ask({ do: 'left' }) as Promise<string[]>,
    calls: () => ask({ do: 'calls' }) as Promise<{ service: string; action: string; caller: string }[]>,
    async stop() {
      const ended = once(child, 'exit')
      if (child.kill('SIGKILL')) await ended
      await rm(directory, { recursive: true, force: true })
    },
  }
}

type Reached = { env: Record<string, string>; endpoint: string }

/** The environment to reach it by. */
type Way = (endpoint: string, env: Record<string, string>) => Promise<Record<string, string>>

type Asked = AskedOfAws extends infer One ? (One extends { id: number } ? Omit<One, 'id'> : never) : never

/** Waits of the machine itself have the less of their time, the faster the clock: what is busy has a slower one. */
export function speedHere(): number {
  const busy = (loadavg()[0] ?? 0) / availableParallelism()
  return busy < 2 ? 3 : busy < 5 ? 2 : 1
}
