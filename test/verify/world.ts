import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fault } from '../../src/local/aws.ts'
import type { FactName, Verdict } from '../../src/model/facts.ts'
import { bareEnvironment, type Ended, MAIN, tourbillonProcess } from '../cli/tourbillon.ts'
import type { Lie } from './lies.ts'
import type { AskedOfAws, SaidByAws } from './local-aws.ts'

const STAGE = 'verified'

const CONFIG = `stage: { account: "000000000000", region: eu-central-1 }
defaults: { timezone: Europe/Berlin }
schedules:
  nightly: { when: cron(0 3 * * ? *), secrets: [prod/app] }
`

export type Told = { facts: { name: FactName; verdict: Verdict; seen?: unknown; why?: string }[] }

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
  const argsFor = (only: FactName[], minutes: number) => [
    ...['verify', '--yes', '--json', '--minutes', String(minutes), '--config', config],
    ...only.flatMap((it) => ['--only', it]),
  ]
  // A `way` may have a key of its own.
  const as = (operator?: string) => ({ ...environment, ...(operator && { AWS_ACCESS_KEY_ID: operator }) })
  return {
    endpoint,
    /**
     * `minutes`: how long it waits for what may never come. `operator`: whose key it is asked with. `aheadMs`: of the
     * computer's own clock.
     */
    async verify(only: FactName[] = [], { minutes = 10, operator, aheadMs = 0 }: Asking = {}) {
      const ahead = `data:text/javascript,const{now}=Date;Date.now=()=>now()+${aheadMs}`
      const NODE_OPTIONS = `${clock.NODE_OPTIONS} --import ${ahead}`
      const where = {
        env: { ...as(operator), ...(aheadMs && { NODE_OPTIONS }) },
        cwd: directory,
        limitMs: 600_000,
      }
      const ended = await tourbillonProcess(argsFor(only, minutes), where)
      return { ...ended, told: JSON.parse(ended.stdout || '{"facts":[]}') as Told }
    },
    /** A run that can be killed: `said` is there once it has said such a thing. */
    begin(only: FactName[], operator?: string) {
      const args = [MAIN, ...argsFor(only, 10)]
      const run = spawn(process.execPath, args, { env: bareEnvironment(as(operator)), cwd: directory })
      const ended = once(run, 'close')
      let text = ''
      run.stderr.on('data', (it) => {
        text += it
      })
      return {
        async said(pattern: RegExp): Promise<RegExpExecArray> {
          for (;;) {
            const found = pattern.exec(text)
            if (found) return found
            if (run.exitCode !== null) throw new Error(`it has ended, and never said ${pattern}: ${text}`)
            await Promise.race([once(run.stderr, 'data'), ended])
          }
        },
        /** Answers with its exit code, and all that it said. */
        async end(signal: NodeJS.Signals) {
          run.kill(signal)
          const [code] = (await ended) as [number | null]
          return { code, text }
        },
      }
    },
    /** Any other command. */
    run: (...args: string[]): Promise<Ended> =>
      tourbillonProcess([...args, '--config', config], {
        ...{ env: environment, cwd: directory, limitMs: 600_000 },
      }),
    /** What goes wrong from now on. */
    harm: (...faults: Fault[]) => ask({ do: 'harm', faults }) as Promise<number>,
    /** Names of what stands of throw-away stacks. */
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

type Asking = { minutes?: number; operator?: string; aheadMs?: number }

type Asked = AskedOfAws extends infer One ? (One extends { id: number } ? Omit<One, 'id'> : never) : never

/** Waits of the machine itself have the less of their time, the faster the clock: what is busy has a slower one. */
export function speedHere(): number {
  const busy = (loadavg()[0] ?? 0) / availableParallelism()
  return busy < 2 ? 3 : busy < 5 ? 2 : 1
}
