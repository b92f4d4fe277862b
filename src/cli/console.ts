import { once } from 'node:events'
import { type Command, noPositionals, wholeNumber } from './command.ts'
import { configFileOf, validConfig } from './load-config.ts'

export const openConsole: Command = {
  name: 'console',
  summary: 'the stage as a page in your browser: now, calendar, history, reports; hold, release, run',
  help: `Usage: aws-tourbillon console --stage NAME [--port N] [--json]

Serves a page on this machine alone, over the ledger, the config and the live schedules, until Ctrl-C.
The link works once; each time it is used, the terminal shows another. What the page reads changes
nothing; it can hold, release and run, as the commands do, and asks first.
More: node_modules/aws-tourbillon/docs/console.md

  --port N   default: any port that is free
  --json     one line { "url", "port", "stage" }; later links go to stderr

Exit status: 0 ended by Ctrl-C; 1 the config is invalid; 2 it could not be started.
Example: npx aws-tourbillon console --stage prod
`,
  options: { port: { type: 'string' } },
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --stage ${word}?`)
    const wanted = wholeNumber('port', args.values.port ?? '0', 0, 65_535)
    const config = await validConfig(args, terminal)
    const { json } = args.values
    const say = json ? terminal.err : terminal.out
    const ended = interruption()
    // No other command waits for a server to load.
    const { startConsole } = await import('../console/server/server.ts')
    const { url, port, stop } = await startConsole({
      config,
      file: configFileOf(args),
      port: wanted,
      now: terminal.now,
      endpoint: terminal.env.AWS_ENDPOINT_URL,
      announce: (line) => say(`${line}\n`),
      complain: (line) => terminal.err(`${line}\n`),
    })
    if (json) terminal.out(`${JSON.stringify({ url: url(), port, stage: config.stage })}\n`)
    else terminal.out(`console of ${config.stage}: ${url()}\nCtrl-C ends it.\n`)
    await ended
    await stop()
    // A call to AWS that nobody waits for any more may still hold its connection, and with it the process.
    setTimeout(() => process.exit(), 500).unref()
    return 0
  },
}

/** Resolves at Ctrl-C, and at what a service manager or a closed terminal sends. */
async function interruption(): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  await Promise.race(signals.map((signal) => once(process, signal)))
  // npx passes a terminal's Ctrl-C on, too: a second one does not cut the end short.
  for (const signal of signals) process.on(signal, () => {})
}
