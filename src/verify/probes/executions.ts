import type { EndSeen } from '../../model/facts.ts'
import { MINUTE } from '../../model/time.ts'
import type { Arrival } from '../functions/arrivals.ts'
import type { Childs, Told, Woke } from '../functions/durable.ts'
import { atMost, eventsWith, type Lab, notesOf, type Probe, until } from '../lab.ts'

/** The same name, with the same payload, for two functions: whose execution is the second? */
export const names: Probe = {
  facts: ['execution-names'],
  async run(lab, see) {
    const [run, name] = [lab.newId(), `${lab.names.stack}-name`]
    const told: Told = { run, do: 'wait', seconds: [1] }
    await lab.start('durable', told, { name })
    const second = await lab.start('durableToo', told, { name })
    if (second.isTaken) return see('execution-names', { scope: 'account' })
    const began = await until(lab, MINUTE, (arrivals) => {
      const all = notesOf(arrivals, run, 'began')
      return all.length > 1 ? all : undefined
    })
    const executions = [second.execution, ...(began ?? []).map(({ execution }) => execution)].filter(
      (it) => it !== undefined,
    )
    if (!executions.some((it) => it.includes(`/${name}/`)))
      throw new Error('executions do not have the name given')
    const isOther = executions.some((it) => it.includes(`:${lab.names.durableToo}:`))
    see('execution-names', { scope: isOther ? 'function' : 'account' })
  },
}

/** An alias moves to a new version while an execution that was started through it waits. */
export const versions: Probe = {
  facts: ['running-version'],
  async run(lab, see) {
    const run = lab.newId()
    const publish = await lab.alias('durable', 'live')
    await lab.start('durable', { run, do: 'wait', seconds: [45] }, { qualifier: 'live' })
    const began = await until(lab, MINUTE, (arrivals) => notesOf(arrivals, run, 'began')[0])
    if (!began) throw new Error('the execution did not begin within a minute')
    await publish()
    // What has been read is a moment old.
    await lab.sleep(2_000)
    if (notesOf(await lab.arrivals(), run, 'woke-0').length > 0)
      throw new Error('its wait had ended before the new version was there')
    const woke = await until(lab, 2 * MINUTE, (arrivals) => notesOf(arrivals, run, 'woke-0')[0])
    if (!woke) throw new Error('its wait did not end within two minutes')
    const {
      versions: [started, wentOn],
      ...rest
    } = woke.what as Woke
    if (started === '$LATEST' || rest.wokeAt === 0) throw new Error('the function is not told its version')
    see('running-version', { started, wentOn })
  },
}

/** An execution that fails by itself: one that was started directly, and one that another has started and waits for. */
export const failing: Probe = {
  facts: ['failed-execution'],
  async run(lab, see) {
    const [run, parents] = [lab.newId(), lab.newId()]
    const { execution } = await lab.start('durableToo', { run, do: 'fail' })
    await lab.start('durable', { run: parents, do: 'parent', of: 'fail', version: '1' })
    see('failed-execution', await endOf(lab, { run, parents, execution, end: 'failed' }))
  },
}

/** The same with two that are stopped. */
export const stopping: Probe = {
  facts: ['stopped-execution'],
  async run(lab, see) {
    const [run, parents] = [lab.newId(), lab.newId()]
    const asleep: Told = { run, do: 'sleep', seconds: 900 }
    const { execution } = await lab.start('durableToo', asleep)
    await lab.start('durable', { run: parents, do: 'parent', of: 'sleep', version: '1' })
    const isSleeper = (it: Arrival) => it.kind === 'execution' && it.id.includes('#sleep#began#')
    const sleepers = await until(lab, MINUTE, (arrivals) => {
      const all = [run, parents].map((it) => notesOf(arrivals, it, 'began').find(isSleeper)?.execution)
      return all.every((it) => it !== undefined) ? all : undefined
    })
    if (!sleepers) throw new Error('the executions did not begin within a minute')
    for (const it of sleepers) if (it !== undefined) await lab.stop(it)
    see(
      'stopped-execution',
      await endOf(lab, { run, parents, execution: execution ?? sleepers[0], end: 'stopped' }),
    )
  },
}

type Ended = { run: string; parents: string; execution: string | undefined; end: 'failed' | 'stopped' }

/** What told of it, as long as it may take; what did not is false. */
async function endOf(lab: Lab, { run, parents, execution, end }: Ended): Promise<EndSeen> {
  const alarm = lab.names.alarm(end)
  const look = (arrivals: Arrival[]) => {
    const [told] = notesOf(arrivals, parents, 'ended')
    const childs = told?.what as Childs | undefined
    const texts = eventsWith(arrivals, lab.names.topic).flatMap(({ event }) => event.Records ?? [])
    return {
      parent: childs === undefined ? (false as const) : 'error' in childs ? childs.error : (false as const),
      deadLetter: texts.some(({ Sns }) => JSON.stringify(Sns ?? '').includes(run)),
      event: eventsWith(arrivals, execution ?? run).some(
        ({ event }) => event['detail-type'] !== undefined && event.detail?.status === end.toUpperCase(),
      ),
      alarm: eventsWith(arrivals, alarm).some(({ event }) => event.Records !== undefined),
    }
  }
  const all = await until(lab, atMost(lab, 6 * MINUTE), (arrivals) => {
    const seen = look(arrivals)
    return Object.values(seen).every(Boolean) ? seen : undefined
  })
  return all ?? look(await lab.arrivals())
}
