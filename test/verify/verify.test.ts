import { describe, expect, it } from 'vitest'
import { AwsFailed } from '../../src/model/errors.ts'
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
    ...{ leftOver: [], toRemove: 'verify --remove' },
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
    const { findings } = await verify(options)
    expect(findings.map(({ name, verdict, why }) => [name, verdict, why])).toEqual([
      ['version-id', 'UNKNOWN', 'denied'],
      ['lambda-clock', 'HOLDS', undefined],
      ['invoke-permission', 'UNKNOWN', 'denied'],
    ])
    expect(did).toEqual(['create', 'code', 'remove verify-tourbillon-abc'])
  })

  it.each([
    ['who has it is let', {}, ['HOLDS', { needed: true }, undefined]],
    [
      'who has it is denied too',
      { refused: 'AccessDeniedException' },
      [...['UNKNOWN', undefined], 'refused to who may invoke the function, too: AccessDeniedException'],
    ],
  ])(
    'judges by two whether lambda:InvokeFunction is needed: who lacks it is denied, and %s',
    async (_, other, told) => {
      const ask = (async (_: object, without: boolean) =>
        without ? { refused: 'AccessDeniedException' } : other) as never
      const { options } = world({ ask })
      const [{ verdict, seen, why } = {}] = (await verify({ ...options, only: ['invoke-permission'] }))
        .findings
      expect([verdict, seen, why]).toEqual(told)
    },
  )

  it('removes the stack whose making failed: half of it may stand', async () => {
    const { options, did } = world({ create: () => Promise.reject(new Error('AccessDenied')) })
    await expect(verify(options)).rejects.toThrow('AccessDenied')
    expect(did).toEqual(['create', 'remove verify-tourbillon-abc'])
  })

  it('tells what was seen though the stack still stands, and what to do', async () => {
    const { options } = world()
    options.clearing = {
      ...options.account,
      remove: () => Promise.reject(new AwsFailed('could not delete the stack', { hint: 'ask for rights' })),
    }
    const { findings, left } = await verify(options)
    expect(findings).toHaveLength(3)
    expect(left).toMatchObject({
      message: 'verify-tourbillon-abc still stands: could not delete the stack',
      hint: 'ask for rights; then verify --remove',
    })
  })

  it('says what failed first, too, where the stack of a failed run still stands', async () => {
    const { options } = world({ create: () => Promise.reject(new Error('no such role')) })
    options.clearing = { ...options.account, remove: () => Promise.reject(new Error('denied')) }
    await expect(verify(options)).rejects.toThrow(
      'verify-tourbillon-abc still stands: denied; before that: no such role',
    )
  })

  it('removes what was left over before it makes its own, and goes on where it cannot', async () => {
    const { options, did } = world()
    const said: string[] = []
    const { remove } = options.account
    options.say = (line) => void said.push(line)
    options.leftOver = ['verify-tourbillon-old', 'verify-tourbillon-older']
    options.account.remove = async (name) => {
      if (name.endsWith('older')) throw new Error('denied')
      await remove(name)
    }
    await verify(options)
    expect(did).toEqual(['remove verify-tourbillon-old', 'create', 'code', 'remove verify-tourbillon-abc'])
    expect(said).toContain('verify-tourbillon-older still stands: denied: verify --remove')
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

  it('makes nothing for who interrupts before it', async () => {
    const { options, did, stopped } = world()
    stopped.abort(new Error('interrupted'))
    await expect(verify(options)).rejects.toThrow('interrupted')
    expect(did).toEqual([])
  })

  it('has of a failed call what was tried and the error’s name, too', async () => {
    const cause = Object.assign(new Error('profile acme-prod'), { name: 'CredentialsProviderError' })
    const { options } = world({
      ask: () => Promise.reject(new AwsFailed('could not invoke it: profile acme-prod', { cause })),
    })
    const { findings } = await verify(options)
    expect(findings[0]).toMatchObject({
      why: 'could not invoke it: profile acme-prod',
      error: 'could not invoke it: CredentialsProviderError',
    })
  })
})
