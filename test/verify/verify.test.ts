import { describe, expect, it } from 'vitest'
import type { Account } from '../../src/verify/account.ts'
import type { Lab } from '../../src/verify/lab.ts'
import { type Options, verify } from '../../src/verify/verify.ts'

const ID = 'abc'

/** An account in which the probe answers as told, nothing arrives, and time passes as it is slept away. */
function world({ create = async () => ({}), ask = async () => Promise.reject(new Error('denied')) } = {}) {
  let time = 0
  const did: string[] = []
  const clock = {
    now: () => time,
    sleep: async (ms: number) => {
      time += ms
    },
  }
  const lab = {
    names: {},
    secrets: {},
    ask,
    schedule: async () => {},
    start: async () => ({}),
    arrivals: async () => [],
  }
  const account = {
    create: async () => {
      did.push('create')
      return create()
    },
    sendCode: async () => did.push('code'),
    lab: () => lab as unknown as Lab,
    remove: async (name: string) => did.push(`remove ${name}`),
  } as unknown as Account
  const stopped = new AbortController()
  const options: Options = {
    ...clock,
    ...{ id: ID, stage: 's', settings: {}, zones: [], patienceMs: 60_000, account, clearing: account },
    ...{ archive: new Uint8Array(), newId: () => 'id', say: () => {} },
    only: ['version-id', 'lambda-clock', 'invoke-permission'],
    signal: stopped.signal,
  }
  return { options, did, stopped }
}

describe('verify', () => {
  it('leaves what could not be seen unknown, with why, and the others alone', async () => {
    const ask = (async (asked: { do: string }) => {
      if (asked.do === 'clock')
        return [{ sentAt: 10_100, answeredAt: 10_200, date: new Date(10_000).toUTCString() }]
      throw new Error('denied')
    }) as never
    const { options, did } = world({ ask })
    const found = await verify(options)
    expect(found.map(({ name, verdict, why }) => [name, verdict, why])).toEqual([
      ['version-id', 'UNKNOWN', 'denied'],
      ['lambda-clock', 'HOLDS', undefined],
      ['invoke-permission', 'UNKNOWN', 'denied'],
    ])
    expect(did).toEqual(['create', 'code', 'remove verify-tourbillon-abc'])
  })

  it('removes the stack whose making failed: half of it may stand', async () => {
    const { options, did } = world({ create: () => Promise.reject(new Error('AccessDenied')) })
    await expect(verify(options)).rejects.toThrow('AccessDenied')
    expect(did).toEqual(['create', 'remove verify-tourbillon-abc'])
  })

  it('removes the stack of a run that is interrupted, without waiting for its questions', async () => {
    const { options, did, stopped } = world({
      ask: (() => {
        stopped.abort(new Error('interrupted'))
        return new Promise(() => {})
      }) as never,
    })
    await expect(verify(options)).rejects.toThrow('interrupted')
    expect(did).toEqual(['create', 'code', 'remove verify-tourbillon-abc'])
  })
})
