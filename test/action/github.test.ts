import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepOneComment } from '../../src/action/comment.ts'
import { openGitHub } from '../../src/action/github.ts'
import { recordedGitHub } from './recorded-github.ts'

let github: Awaited<ReturnType<typeof recordedGitHub>>
beforeEach(async () => {
  github = await recordedGitHub()
})
afterEach(() => github.close())

const HURRIED = { timeout: 400, pause: 5 }
const LIST = /^GET .*comments/
const POST = /^POST .*comments/

const open = () => openGitHub({ GITHUB_API_URL: github.url }, 'job-token', HURRIED)
const keep = (text: string, { run = 1, isNews = true, key = ':' } = {}) =>
  keepOneComment(open(), {
    ...{ thread: { repository: 'acme/secrets', number: 7 }, mark: { key, run } },
    ...{ text, isNews },
  })
const texts = () => github.comments.map(({ body }) => body.split('\n').slice(1).join('\n'))

describe('one comment', () => {
  it('is made, then updated, among those of others, however many pages they fill', async () => {
    for (let i = 0; i < 250; i++) github.written(`comment ${i}`)
    await keep('first')
    await keep('second', { run: 2 })
    expect(github.comments).toHaveLength(251)
    expect(texts().at(-1)).toBe('second')
  })

  it('is never one that a person quoted, nor that of another working directory', async () => {
    await keep('infra', { key: 'infra:' })
    github.written(github.comments[0]?.body ?? '')
    await keep('app', { key: 'app:' })
    await keep('app again', { key: 'app:', run: 2 })
    expect(texts()).toEqual(['infra', 'infra', 'app again'])
  })

  it('is not made to say that nothing changes, but says so where there is one', async () => {
    await keep('nothing', { isNews: false })
    expect(github.comments).toEqual([])
    await keep('some')
    await keep('nothing', { isNews: false, run: 2 })
    expect(texts()).toEqual(['nothing'])
  })

  it.each([1, 2, 3, 4, 5, 6])('is one where several runs work at once (%i)', async () => {
    await Promise.all([1, 2, 3, 4].map((run) => keep(`run ${run}`, { run })))
    expect(texts()).toEqual([expect.stringMatching(/^run [1-4]$/)])
    await keep('run 5', { run: 5 })
    expect(texts()).toEqual(['run 5'])
  })

  it('is one where the answer to its making got lost', async () => {
    github.fault(POST, 'lost answer')
    await keep('once')
    expect(texts()).toEqual(['once'])
  })

  it('keeps the text of the later run where an earlier one ends after it', async () => {
    await keep('later', { run: 12 })
    await keep('earlier', { run: 11 })
    expect(texts()).toEqual(['later'])
  })
})

describe('GitHub on a bad day', () => {
  it.each([
    ['reset connections', 'reset'],
    ['a gateway’s 502 in HTML', { status: 502, body: '<html>' }],
    ['no answer', 'hang'],
    ['a secondary limit', { status: 403, headers: { 'retry-after': '0' } }],
    ['429', { status: 429, headers: { 'retry-after': '0' } }],
  ] as const)('%s: it is asked again', async (_, fault) => {
    github.fault(LIST, fault, 2)
    await keep('told')
    expect(texts()).toEqual(['told'])
  })

  it('is given up after four attempts, and says what stood in the way', async () => {
    github.fault(LIST, { status: 503 }, 4)
    await expect(keep('told')).rejects.toMatchObject({
      message: 'GitHub did not do it: 503 recorded 503',
      hint: 're-run the job later; www.githubstatus.com says how GitHub is',
    })
    expect(github.asked.filter((line) => LIST.test(line))).toHaveLength(4)
  })

  it('is not waited for where it asks for an hour', async () => {
    github.fault(LIST, {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.now() / 1000 + 3_600) },
    })
    await expect(keep('told')).rejects.toMatchObject({
      hint: expect.stringMatching(/^it asks to wait for 60 min; /),
    })
  })

  it.each([
    '{"errors":[{"message":"over the limit"}]}',
    '{"data":null,"errors":[{"message":"over the limit"}]}',
  ])('answers a question of GraphQL with 200 and %s: that is an error', async (body) => {
    github.fault(/graphql/, { status: 200, body })
    await expect(keep('told')).rejects.toThrow('GitHub does not say who the token is: over the limit')
  })

  it('that does not know the token says so at once', async () => {
    const stranger = openGitHub({ GITHUB_API_URL: github.url }, 'old-token', HURRIED)
    await expect(stranger('GET', '/x')).rejects.toMatchObject({ status: 401, hint: /github-token/ })
    expect(github.asked).toHaveLength(1)
  })
})
