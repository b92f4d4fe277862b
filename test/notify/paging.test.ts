import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation'
import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse, type ScalarTag } from 'yaml'
import { z } from 'zod'
import { type Stage, startStage } from '../cli/stage.ts'

const STAGE = 'paged'

/** Source: PagerDuty's reference, Events API v2, "Send an alert event". `routing_key` is the connection's to add. */
const text = (most: number) => z.string().min(1).max(most)
const PAGE = z.discriminatedUnion('event_action', [
  z.strictObject({
    event_action: z.literal('trigger'),
    dedup_key: text(255),
    payload: z.strictObject({
      summary: text(1_024),
      source: text(1_024),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime(),
      component: text(1_024),
      group: text(1_024),
      custom_details: z.looseObject({ reason: z.string(), owner: z.string(), runbook: z.string() }),
    }),
  }),
  z.strictObject({ event_action: z.literal('resolve'), dedup_key: text(255) }),
])

type Rule = {
  Properties: {
    EventPattern: object
    Targets: [{ InputTransformer: { InputPathsMap: Record<string, string>; InputTemplate: string } }]
  }
}

/** The template's rules, for this stage. */
function rulesOf(file: string): { [name: string]: Rule } {
  const tag = (name: string, resolve: (value: string) => unknown): ScalarTag => ({ tag: `!${name}`, resolve })
  const customTags = [tag('Ref', (it) => (it === 'Stage' ? STAGE : it)), tag('GetAtt', (it) => it)]
  const path = join(import.meta.dirname, '../../docs', file)
  const { Resources } = parse(readFileSync(path, 'utf8'), { customTags })
  return Object.fromEntries(
    Object.entries(Resources as Record<string, { Type: string }>).filter(
      ([, { Type }]) => Type === 'AWS::Events::Rule',
    ),
  ) as unknown as { [name: string]: Rule }
}

/** Source: EventBridge User Guide, eb-transform-target-input: within quotes a value as it is, else as JSON. */
function transformed({ Properties: { Targets } }: Rule, event: object): unknown {
  const { InputPathsMap, InputTemplate } = Targets[0].InputTransformer
  const filled = InputTemplate.replaceAll(/<(\w+)>/g, (_, name: string) => {
    const path = InputPathsMap[name]?.replace(/^\$\./, '').split('.') ?? []
    const value = path.reduce<unknown>((found, part) => (found as Record<string, unknown>)?.[part], event)
    if (value === undefined) throw new Error(`nothing is at ${name}: EventBridge would send no page`)
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
  return JSON.parse(filled)
}

let on: Stage
const arrived: { rule: string; event: object }[] = []
const rules = rulesOf('pagerduty.yml')
beforeAll(async () => {
  on = await startStage(
    STAGE,
    `defaults: { timezone: UTC, window: 5m, timeout: 20s, owner: payments, runbook: https://wiki.example.com/r }
schedules:
  nightly: { when: cron(0 3 ? * SUN *), secrets: [app/db, app/other] }
`,
  )
  await on.secret('app/db', 'none')
  await on.secret('app/other')
  const Resources = Object.fromEntries(
    Object.entries(rules).map(([name, { Properties }]) => {
      on.aws.functions.set(
        `pager-${name}`,
        async (event) => void arrived.push({ rule: name, event: event as object }),
      )
      const Targets = [{ Id: 'it', Arn: on.aws.arnOfFunction(`pager-${name}`) }]
      const { EventPattern } = Properties
      return [
        name,
        { Type: 'AWS::Events::Rule', Properties: { Name: name, State: 'ENABLED', EventPattern, Targets } },
      ]
    }),
  )
  await new CloudFormationClient({}).send(
    new CreateStackCommand({ StackName: 'pagerduty', TemplateBody: JSON.stringify({ Resources }) }),
  )
})
afterAll(() => on.stop())

const pages = () => arrived.map(({ rule, event }) => PAGE.parse(transformed(rules[rule] as Rule, event)))

it('PagerDuty: a failure is an incident of its secret, and that secret’s next success ends it', async () => {
  await expect.poll(() => Object.keys(rules)).toEqual(['Trigger', 'Resolve'])
  await on.run('run', '--schedule', 'nightly', '--reason', 'CHG-1')
  await expect
    .poll(() =>
      pages()
        .map((it) => `${it.event_action} ${it.dedup_key}`)
        .sort(),
    )
    .toEqual(['resolve tourbillon/paged/app/other', 'trigger tourbillon/paged/app/db'])
  const [page] = pages().filter((it) => it.event_action === 'trigger')
  expect(page?.payload).toMatchObject({
    ...{ summary: '[paged] FAILED: app/db (nightly)', group: 'nightly', component: 'app/db' },
    custom_details: { reason: 'ROTATION_NOT_CONFIGURED', owner: 'payments', status: 'FAILED' },
  })

  // Mended, and rotated by itself: another schedule's name, or none, is the same incident.
  await on.secretsManager.send(
    new RotateSecretCommand({
      ...{ SecretId: 'app/db', RotationLambdaARN: on.aws.arnOfFunction('rotate'), RotateImmediately: false },
    }),
  )
  await on.run('run', '--secret', 'app/db', '--reason', 'CHG-2')
  await expect
    .poll(() =>
      pages()
        .filter((it) => it.dedup_key.endsWith('/app/db'))
        .map((it) => it.event_action),
    )
    .toEqual(['trigger', 'resolve'])
  expect(JSON.stringify(pages())).not.toMatch(/value of/)
})
