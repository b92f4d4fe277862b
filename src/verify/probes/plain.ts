import { MINUTE } from '../../model/time.ts'
import { atMost, eventsWith, type Probe, stepsOf, until } from '../lab.ts'

/** An event on the default bus and a text to the stack's topic. An e-mail reaches people: nobody is written to. */
export const messages: Probe = {
  facts: ['messages'],
  async run(lab, see) {
    const text = `This is a test of aws-tourbillon verify: ${lab.names.stack} ${lab.newId()}`
    const { toldAt, event, text: refused } = await lab.ask({ do: 'tell', text })
    const found = (arrivals: Parameters<typeof eventsWith>[0], isText: boolean) =>
      eventsWith(arrivals, text).find((it) => (it.event.Records !== undefined) === isText)?.at
    await until(lab, atMost(lab, 2 * MINUTE), (arrivals) =>
      found(arrivals, true) !== undefined && found(arrivals, false) !== undefined ? true : undefined,
    )
    if (event !== undefined || refused !== undefined)
      throw new Error(`refused: ${[event, refused].filter(Boolean).join(', ')}`)
    const arrivals = await lab.arrivals()
    const after = (at: number | undefined) =>
      at === undefined ? ('not seen' as const) : Math.max(0, at - toldAt)
    see('messages', {
      event: after(found(arrivals, false)),
      text: after(found(arrivals, true)),
      email: 'not asked',
    })
  },
}

/**
 * AWS's `Date` is a whole second that has begun: its clock is between it and a second later, while Lambda's is between the
 * sending and the answer. Several readings narrow both.
 */
export const clock: Probe = {
  facts: ['lambda-clock'],
  async run(lab, see) {
    const readings = await lab.ask({ do: 'clock', secret: lab.secrets.ok, times: 20 })
    const dated = readings.flatMap(({ sentAt, answeredAt, date }) => {
      const at = Date.parse(date ?? '')
      return Number.isNaN(at) ? [] : [{ least: sentAt - at - 1_000, most: answeredAt - at }]
    })
    if (dated.length === 0) throw new Error('its answers had no Date')
    const [least, most] = [Math.max(...dated.map((it) => it.least)), Math.min(...dated.map((it) => it.most))]
    // Two machines of AWS's need not agree: then the middle is as good, and the doubt is larger.
    see('lambda-clock', {
      aheadMs: Math.round((least + most) / 2),
      uncertainMs: Math.ceil(Math.abs(most - least) / 2),
    })
  },
}

/**
 * A plain re-rotation by a role that may not invoke the rotation function. A denial tells of that right only where who has
 * it is not denied: a policy of the organization's or a boundary denies both.
 */
export const invokePermission: Probe = {
  facts: ['invoke-permission'],
  async run(lab, see) {
    const [token, secret] = [lab.newId(), lab.secrets.without]
    const answer = await lab.ask({ do: 'rotate', secret, token }, true)
    if (answer.refused !== undefined) {
      if (/AccessDenied/.test(answer.refused)) {
        const other = await lab.ask({ do: 'rotate', secret, token: lab.newId() })
        if (other.refused === undefined) return see('invoke-permission', { needed: true })
        throw new Error(`refused to who may invoke the function, too: ${other.refused}`)
      }
      throw new Error(`refused for another reason: ${answer.refused}`)
    }
    const finished = await until(lab, MINUTE, (arrivals) => stepsOf(arrivals, token)[0])
    if (!finished) throw new Error('it was accepted, and the rotation function was not asked within a minute')
    see('invoke-permission', { needed: false })
  },
}
