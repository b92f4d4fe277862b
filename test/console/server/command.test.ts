import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { bareEnvironment, MAIN, tourbillonProcess } from '../../cli/tourbillon.ts'
import { ask, openPage } from './client.ts'

const LOCAL = ['--stage', 'local']

const children: ChildProcessWithoutNullStreams[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
})

/** `npx aws-tourbillon console` as a process. */
function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, 'console', ...args], { env: bareEnvironment(env) })
  children.push(child)
  const ended = once(child, 'close')
  const [stdout, stderr] = [linesOf(child, 'stdout'), linesOf(child, 'stderr')]
  return { child, stdout, stderr, ended }
}

/** What a process writes, and its next line whenever it comes. */
function linesOf(child: ChildProcessWithoutNullStreams, stream: 'stdout' | 'stderr') {
  let text = ''
  const source = child[stream].setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  return {
    text: () => text,
    async matching(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const found = pattern.exec(text)
        if (found) return found
        await once(source, 'data')
      }
    },
  }
}

const LINK = /http:\/\/127\.0\.0\.1:(\d+)(\/\?token=[\w-]{43})\n/

describe.concurrent('npx aws-tourbillon console', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'shows a link, the next one, and ends at %s',
    async (signal) => {
      const { child, stdout, stderr, ended } = start(LOCAL)
      const [first, port, path = ''] = await stdout.matching(LINK)
      expect(stdout.text()).toBe(`console of local: ${first}Ctrl-C ends it.\n`)
      expect((await ask(Number(port), path)).status).toBe(200)
      const [, again] = await stdout.matching(/opened; to open it once more: (http\S+)\n/)
      expect(again).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/)
      expect(again).not.toContain(path)
      child.kill(signal)
      expect((await ended)[0]).toBe(0)
      expect(stderr.text()).toBe('')
      await expect(ask(Number(port), '/')).rejects.toThrow(/ECONNREFUSED/)
    },
  )

  it('ends at once, whatever is open, and a second Ctrl-C changes nothing', async ({ onTestFinished }) => {
    const silent = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void silent.close())
    await once(silent, 'listening')
    const { port: aws } = silent.address() as AddressInfo
    const { child, stdout, ended } = start(LOCAL, {
      ...{ AWS_ENDPOINT_URL: `http://127.0.0.1:${aws}`, AWS_REGION: 'eu-west-1' },
      ...{ AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    })
    const [link, port] = await stdout.matching(LINK)
    const page = await openPage({ port: Number(port), url: () => link.trim() })
    // A tab waits for what AWS never answers.
    const cut = page.get('/api/now').catch((error: Error) => error.message)
    const [socket] = await once(silent, 'connection')
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect((await ended)[0]).toBe(0)
    expect(await cut).toMatch(/socket hang up|ECONNRESET/)
    socket.destroy()
  })

  it('--json is one line; the next links go to stderr', async () => {
    const { child, stdout, stderr, ended } = start([...LOCAL, '--json'])
    await stdout.matching(/\n/)
    const { url, port, stage } = JSON.parse(stdout.text())
    expect(stage).toBe('local')
    const path = url.slice(url.indexOf('/?'))
    expect(url).toBe(`http://127.0.0.1:${port}${path}`)
    await ask(port, path)
    await stderr.matching(/^opened; to open it once more: http\S+\n$/)
    child.kill('SIGTERM')
    expect((await ended)[0]).toBe(0)
    expect(stdout.text()).toBe(`${JSON.stringify({ url, port, stage })}\n`)
  })

  it('takes the port it is given; where that is taken, it says so', async () => {
    const first = start(LOCAL)
    const [, port = ''] = await first.stdout.matching(LINK)
    const second = await tourbillonProcess(['console', ...LOCAL, '--port', port])
    expect([second.code, second.stdout]).toEqual([2, ''])
    expect(second.stderr).toBe(
      `tourbillon: port ${port} is taken\n    hint: leave --port out: any port that is free will do\n`,
    )
    first.child.kill('SIGINT')
    await first.ended
    const third = start([...LOCAL, '--port', port])
    expect((await third.stdout.matching(LINK))[1]).toBe(port)
  })

  it.each([
    [[...LOCAL, '--port', 'x'], 2, /--port x: a whole number from 0 to 65535 is expected/],
    [[...LOCAL, '--port', '65536'], 2, /--port 65536: a whole number from 0 to 65535/],
    [['local'], 2, /unexpected "local"\n {4}hint: did you mean --stage local\?/],
    [[], 2, /which stage\?/],
    [['--stage', 'nowhere'], 2, /cannot read config\/nowhere\.yml/],
  ])('cannot do %j', async (args, expected, message) => {
    const { code, stdout, stderr } = await tourbillonProcess(['console', ...args])
    expect([code, stdout]).toEqual([expected, ''])
    expect(stderr).toMatch(message)
  })

  it('does not start with a config that is invalid: exit 1', async ({ onTestFinished }) => {
    const directory = await mkdtemp(join(tmpdir(), 'console-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'bad.yml')
    await writeFile(file, 'schedules:\n  x: { when: cron(0 3 * * ? *), secrets: [a], windo: 5m }\n')
    const { code, stdout, stderr } = await tourbillonProcess(['console', '--config', file])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/bad\.yml:2:\d+ {2}error/)
  })
})
