import { describe, expect, it } from 'vitest'
import { checks } from '../../src/doctor/checks.ts'
import type { FunctionFacts } from '../../src/doctor/functions/facts.ts'
import { covers } from '../../src/doctor/functions/reach.ts'
import type { Network, Rule } from '../../src/doctor/functions/read-network.ts'
import { type Case, judges } from './table.ts'

const ACCOUNT = '000000000000'
const ARN = `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:rotate`
const SECRET = {
  name: 'prod/db',
  arn: `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:prod/db-AbCdEf`,
}
const no = { unknown: 'lambda:GetPolicy: not allowed (AccessDeniedException)' }

const to = (rest: Partial<Rule>): Rule => ({
  covers443: true,
  cidrs: [],
  groups: [],
  prefixLists: false,
  ...rest,
})
const everywhere = to({ cidrs: ['0.0.0.0/0'] })

/** Two subnets without a way out, and an endpoint that lets the function's group in. */
function network(
  change: {
    endpoint?: Partial<Network['endpoints'][number]> | null
    ingress?: Rule[]
    egress?: Rule[]
    wayOut?: boolean
    only?: string
  } = {},
): Network {
  const {
    endpoint = {},
    ingress = [to({ groups: ['sg-fn'] })],
    egress = [everywhere],
    wayOut = false,
  } = change
  return {
    endpoints: endpoint
      ? [
          {
            id: 'vpce-1',
            state: 'available',
            privateDns: true,
            subnetIds: ['s-1'],
            groupIds: ['sg-ep'],
            ...endpoint,
          },
        ]
      : [],
    subnets: [
      { id: 's-1', cidr: '10.0.1.0/24' },
      { id: 's-2', cidr: '10.0.2.0/24' },
    ],
    routeTables: [
      { subnetIds: [], main: true, wayOut },
      ...(change.only ? [{ subnetIds: [change.only], main: false, wayOut: !wayOut }] : []),
    ],
    groups: [
      { id: 'sg-fn', ingress: [], egress },
      { id: 'sg-ep', ingress, egress: [] },
    ],
  }
}

const config = {
  FunctionName: 'rotate',
  Role: `arn:aws:iam::${ACCOUNT}:role/rotate`,
  State: 'Active' as const,
  Timeout: 300,
  VpcConfig: { VpcId: 'vpc-1', SubnetIds: ['s-1', 's-2'], SecurityGroupIds: ['sg-fn'] },
}

function facts(configuration: object = {}, other: Partial<FunctionFacts> = {}): FunctionFacts {
  return {
    arn: ARN,
    secrets: [SECRET],
    configuration: { found: { ...config, ...configuration } },
    reserved: { found: undefined },
    policy: { found: policyOf({}) },
    network: { found: undefined },
    rights: { found: [right('secretsmanager:GetSecretValue')] },
    keyRights: { found: [right('kms:Decrypt')] },
    ...other,
  }
}

const right = (action: string, allowed = true, unsure = false) => ({
  ...{ action, allowed, unsure },
  resource: action.startsWith('kms') ? 'key-1' : SECRET.arn,
})
const lets = {
  Effect: 'Allow',
  Principal: { Service: 'secretsmanager.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
}
const policyOf = (...statements: object[]) =>
  JSON.stringify({ Statement: statements.map((it) => ({ ...lets, ...it })) })
const policy = (...statements: object[]) => facts({}, { policy: { found: policyOf(...statements) } })
const inside = (it: Network, configuration: object = {}) => facts(configuration, { network: { found: it } })
const gone = facts({}, { configuration: { found: undefined } })
const equals = (key: string, value: string) => ({ Condition: { StringEquals: { [key]: value } } })
const vpce = {
  Environment: {
    Variables: {
      SECRETS_MANAGER_ENDPOINT: 'https://vpce-1-x.secretsmanager.eu-central-1.vpce.amazonaws.com',
    },
  },
}

const cases: Case<FunctionFacts>[] = [
  ['function-exists', 'it is there', facts(), 'fine'],
  ['function-exists', 'it is not', gone, { wrong: /no such function; it should rotate prod\/db/ }],
  ['function-exists', 'nobody may look', facts({}, { configuration: no }), { unknown: /not allowed/ }],
  ['function-enabled', 'active', facts(), 'fine'],
  [
    'function-enabled',
    'failed',
    facts({ State: 'Failed', StateReason: 'image gone' }),
    { wrong: /Failed: image gone/ },
  ],
  ['function-enabled', 'an update failed', facts({ LastUpdateStatus: 'Failed' }), { wrong: /no reason/ }],
  ['function-enabled', 'inactive', facts({ State: 'Inactive' }), { wrong: /Inactive/, severity: 'risk' }],
  [
    'function-enabled',
    'throttled to nothing',
    facts({}, { reserved: { found: 0 } }),
    { wrong: /concurrency is 0/ },
  ],
  ['function-enabled', 'some reserved', facts({}, { reserved: { found: 10 } }), 'fine'],
  ['function-enabled', 'nobody may look', facts({}, { reserved: no }), { unknown: /not allowed/ }],
  ['function-enabled', 'it is not there', gone, 'says nothing'],
  ['function-invocable', 'allowed', facts(), 'fine'],
  [
    'function-invocable',
    'no policy',
    facts({}, { policy: { found: undefined } }),
    {
      wrong: /does not let Secrets Manager invoke it for prod\/db/,
      todo: /add-permission .*--source-account 000000000000/,
    },
  ],
  [
    'function-invocable',
    'another principal',
    policy({ Principal: { Service: 'events.amazonaws.com' } }),
    { wrong: /does not let/ },
  ],
  ['function-invocable', 'this account', policy(equals('AWS:SourceAccount', ACCOUNT)), 'fine'],
  [
    'function-invocable',
    'another account',
    policy(equals('aws:SourceAccount', '111122223333')),
    { wrong: /does not let/ },
  ],
  [
    'function-invocable',
    'another secret',
    policy({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:secretsmanager:*:*:secret:test/*' } } }),
    { wrong: /does not let/ },
  ],
  [
    'function-invocable',
    'secrets like it',
    policy({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:secretsmanager:*:*:secret:prod/*' } } }),
    'fine',
  ],
  [
    'function-invocable',
    'a condition of another kind',
    policy({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    { unknown: /conditions/ },
  ],
  ['function-invocable', 'a deny', policy({}, { Effect: 'Deny' }), { unknown: /Deny/ }],
  ['function-invocable', 'nobody may look', facts({}, { policy: no }), { unknown: /GetPolicy/ }],
  ['function-timeout', 'long', facts(), 'fine'],
  [
    'function-timeout',
    'as it comes',
    facts({ Timeout: 30 }),
    { wrong: /30 s/, todo: /--function-name rotate --timeout/ },
  ],
  ['function-timeout', 'it is not there', gone, 'says nothing'],
  ['function-network', 'in no VPC', facts({ VpcConfig: undefined }), 'fine'],
  ['function-network', 'an endpoint by group', inside(network()), 'fine'],
  [
    'function-network',
    'an endpoint by addresses',
    inside(network({ ingress: [to({ cidrs: ['10.0.1.0/24'] }), to({ cidrs: ['10.0.2.0/24'] })] })),
    'fine',
  ],
  [
    'function-network',
    'an endpoint for one subnet of two',
    inside(network({ ingress: [to({ cidrs: ['10.0.1.0/24'] })] })),
    { wrong: /vpce-1 does not let the function in on 443 \(sg-ep\); no NAT route/ },
  ],
  [
    'function-network',
    'a shut endpoint',
    inside(network({ ingress: [] })),
    { wrong: /does not let the function in/ },
  ],
  [
    'function-network',
    'a port that is not 443',
    inside(network({ ingress: [to({ groups: ['sg-fn'], covers443: false })] })),
    { wrong: /does not let the function in/ },
  ],
  [
    'function-network',
    'no private DNS',
    inside(network({ endpoint: { privateDns: false } })),
    { wrong: /no private DNS/ },
  ],
  [
    'function-network',
    'the endpoint by its own name',
    inside(network({ endpoint: { privateDns: false } }), vpce),
    'fine',
  ],
  [
    'function-network',
    'an endpoint in the making',
    inside(network({ endpoint: { state: 'pending' } })),
    { wrong: /vpce-1 is pending/ },
  ],
  [
    'function-network',
    'nothing gets out',
    inside(network({ egress: [] })),
    { wrong: /lets nothing out to vpce-1/ },
  ],
  [
    'function-network',
    'only the endpoint’s group gets out',
    inside(network({ egress: [to({ groups: ['sg-ep'] })] })),
    'fine',
  ],
  [
    'function-network',
    'neither endpoint nor NAT',
    inside(network({ endpoint: null })),
    { wrong: /no secretsmanager endpoint in the VPC; no NAT route from s-1, s-2/ },
  ],
  ['function-network', 'NAT', inside(network({ endpoint: null, wayOut: true })), 'fine'],
  [
    'function-network',
    'NAT, one subnet without',
    inside(network({ endpoint: null, wayOut: true, only: 's-2' })),
    { wrong: /no NAT route from s-2$/ },
  ],
  [
    'function-network',
    'NAT, and nothing gets out',
    inside(network({ endpoint: null, wayOut: true, egress: [] })),
    { wrong: /lets nothing out on 443/ },
  ],
  ['function-network', 'nobody may look', facts({}, { network: { unknown: 'ec2:…' } }), { unknown: /ec2/ }],
  ['function-rights', 'it may', facts(), 'fine'],
  [
    'function-rights',
    'its role is gone',
    facts({}, { rights: { found: undefined } }),
    { wrong: /no role arn:.*role\/rotate/ },
  ],
  [
    'function-rights',
    'it may not',
    facts({}, { rights: { found: [right('secretsmanager:PutSecretValue', false)] } }),
    { wrong: /may not secretsmanager:PutSecretValue on arn:.*prod\/db/, todo: /role\/rotate/ },
  ],
  [
    'function-rights',
    'it depends',
    facts({}, { rights: { found: [right('secretsmanager:PutSecretValue', false, true)] } }),
    { unknown: /conditions/ },
  ],
  ['function-rights', 'nobody may look', facts({}, { rights: no }), { unknown: /not allowed/ }],
  ['function-key', 'it may', facts(), 'fine'],
  ['function-key', 'AWS’s own key', facts({}, { keyRights: { found: undefined } }), 'says nothing'],
  [
    'function-key',
    'it may not',
    facts({}, { keyRights: { found: [right('kms:Decrypt', false)] } }),
    { wrong: /may not kms:Decrypt on key-1/ },
  ],
]

describe('rotation functions', () => judges(checks.function, cases))

it.each([
  ['10.0.0.0/8', '10.1.2.0/24', true],
  ['10.0.1.0/24', '10.0.0.0/16', false],
  ['10.0.1.7/24', '10.0.1.128/25', true],
  ['0.0.0.0/0', '192.168.0.0/16', true],
  ['::/0', '10.0.0.0/8', false],
])('%s covers %s: %s', (outer, inner, expected) => {
  expect(covers(outer, inner)).toBe(expected)
})
