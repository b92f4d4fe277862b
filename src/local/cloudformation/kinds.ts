import { randomUUID } from 'node:crypto'
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  CreateScheduleGroupCommand,
  DeleteScheduleGroupCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetRandomPasswordCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { z } from 'zod'
import { AwsError, unsupported } from '../../rehearse/secrets-manager/error.ts'
import { checkInput } from '../../rehearse/secrets-manager/input.ts'
import type { Alarm } from '../alarms.ts'
import { ACCOUNT, functionArn, parseFunction, REGION, topicArn } from '../arn.ts'
import type { Pattern, Rule } from '../events.ts'
import { deployFunction, durableHandlerOf } from '../lambda/deployed.ts'
import type { Lambda } from '../lambda/invoke.ts'
import type { Subscription } from '../sns.ts'
import type { Made } from './template.ts'

/** The kinds of resources that stacks are made of here. */
export type Kinds = {
  /** @throws AwsError LocalAwsUnsupported */
  check(type: string): void
  make(type: string, logicalId: string, properties: unknown): Promise<Made>
  remove(type: string, made: Made): Promise<void>
}

type Kind = {
  schema: z.ZodType
  make(properties: unknown): Promise<Made> | Made
  remove(made: Made): Promise<unknown> | unknown
}

/** What resources stand in, beside the services that are asked as anybody asks them. */
export type Estate = {
  lambda: Lambda
  rules: Map<string, Rule>
  subscriptions: Subscription[]
  alarms: Map<string, Alarm>
  /** Roles by name, with the actions that their policies allow. */
  stackRoles: Map<string, string[]>
  /** Topics and log groups, by ARN: they are there, and that is all. */
  named: Set<string>
  endpoint(): string
  functionEnv(): Record<string, string>
  now(): number
  goesOnWith: 'own' | 'newest'
}

/** A property that a schema does not know is refused by name. Source: CloudFormation's resource type reference. */
export function resourceKinds(estate: Estate): Kinds {
  const kinds: Record<string, Kind> = {
    ...lambdaKinds(estate),
    ...askedKinds(estate),
    ...otherKinds(estate),
  }
  const find = (type: string) => {
    const kind = kinds[type]
    if (!kind) throw unsupported(`resources of the type ${type}`)
    return kind
  }
  return {
    check: (type) => void find(type),
    async make(type, logicalId, properties) {
      const kind = find(type)
      return kind.make(checkInput(`${type} ${logicalId}`, kind.schema, properties, 'ValidationError'))
    },
    remove: async (type, made) => void (await find(type).remove(made)),
  }
}

/** Pairs a schema with the makers, so that they see its type. */
function kind<S extends z.ZodType>(
  schema: S,
  make: (properties: z.output<S>) => Promise<Made> | Made,
  remove: Kind['remove'] = () => {},
): Kind {
  return { schema, make: make as Kind['make'], remove }
}

const text = z.string().min(1)
const exists = (what: string) => new AwsError('AlreadyExists', `${what} already exists`)

function lambdaKinds({ lambda, functionEnv, now, stackRoles, goesOnWith }: Estate): Record<string, Kind> {
  return {
    'AWS::Lambda::Function': kind(
      z.strictObject({
        FunctionName: text,
        Description: text.optional(),
        Runtime: z.literal('nodejs24.x'),
        Architectures: z.array(text).optional(),
        Handler: text,
        // The older and stricter limit.
        Code: z.strictObject({ ZipFile: z.string().max(4_096) }),
        Role: text,
        MemorySize: z.number().optional(),
        Timeout: z.number().max(900).default(3),
        LoggingConfig: z.object({}).optional(),
        Environment: z.strictObject({ Variables: z.record(z.string(), z.string()) }).optional(),
        KmsKeyArn: text.optional(),
        DurableConfig: z
          .strictObject({ ExecutionTimeout: z.number(), RetentionPeriodInDays: z.number() })
          .optional(),
        DeadLetterConfig: z.strictObject({ TargetArn: text }).optional(),
      }),
      async (it) => {
        const name = it.FunctionName
        if (lambda.functions.has(name) || lambda.durableFunctions.has(name)) throw exists(`Function ${name}`)
        if (!stackRoles.has(it.Role.split('/').at(-1) ?? ''))
          throw new AwsError(
            'InvalidParameterValueException',
            'The role defined for the function cannot be assumed by Lambda.',
          )
        const definition = {
          name,
          roleArn: it.Role,
          handler: it.Handler,
          timeoutSeconds: it.Timeout,
          environment: it.Environment?.Variables ?? {},
          ...(it.DurableConfig && { durable: it.DurableConfig }),
          ...(it.DeadLetterConfig && { deadLetterArn: it.DeadLetterConfig.TargetArn }),
        }
        // Inline code becomes a file named index.
        const files = { 'index.js': Buffer.from(it.Code.ZipFile) }
        const deployed = await deployFunction(definition, files, { env: functionEnv, now, log: lambda.log })
        lambda.deployed.set(name, deployed)
        if (it.DurableConfig) lambda.durableFunctions.set(name, durableHandlerOf(deployed, goesOnWith))
        else lambda.functions.set(name, (event) => deployed.run(event))
        return { id: name, attributes: { Arn: functionArn(name) } }
      },
      async ({ id }) => {
        const deployed = lambda.deployed.get(id)
        for (const map of [lambda.functions, lambda.durableFunctions, lambda.deployed]) map.delete(id)
        await deployed?.stop()
      },
    ),
    'AWS::Lambda::Permission': kind(
      z.strictObject({
        FunctionName: text,
        Action: z.literal('lambda:InvokeFunction'),
        Principal: text,
        SourceAccount: text.optional(),
        SourceArn: text.optional(),
      }),
      ({ FunctionName, Principal }) => {
        const { name } = parseFunction(FunctionName)
        const deployed = lambda.deployed.get(name)
        if (!deployed) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404)
        deployed.principals.add(Principal)
        return { id: `${name}-${randomUUID()}`, attributes: {} }
      },
    ),
  }
}

/** What a service of the local AWS makes, asked by its own client, as anybody asks it. */
function askedKinds({ endpoint }: Estate): Record<string, Kind> {
  const settings = () => ({
    endpoint: endpoint(),
    region: REGION,
    credentials: { accessKeyId: 'cloudformation', secretAccessKey: 'local' },
  })
  const secrets = () => new SecretsManagerClient(settings())
  return {
    'AWS::SecretsManager::Secret': kind(
      z.strictObject({
        Name: text,
        Description: text.optional(),
        GenerateSecretString: z.strictObject({ PasswordLength: z.number() }),
        KmsKeyId: text.optional(),
      }),
      async ({ GenerateSecretString, ...rest }) => {
        const { RandomPassword } = await secrets().send(new GetRandomPasswordCommand(GenerateSecretString))
        const { ARN = '' } = await secrets().send(
          new CreateSecretCommand({
            Name: rest.Name,
            SecretString: RandomPassword,
            ...(rest.Description !== undefined && { Description: rest.Description }),
            ...(rest.KmsKeyId !== undefined && { KmsKeyId: rest.KmsKeyId }),
          }),
        )
        return { id: ARN, attributes: {} }
      },
      ({ id }) => secrets().send(new DeleteSecretCommand({ SecretId: id, ForceDeleteWithoutRecovery: true })),
    ),
    'AWS::SecretsManager::RotationSchedule': kind(
      z.strictObject({
        SecretId: text,
        RotationLambdaARN: text,
        RotateImmediatelyOnUpdate: z.literal(false),
      }),
      async ({ SecretId, RotationLambdaARN }) => {
        await secrets().send(
          new RotateSecretCommand({ SecretId, RotationLambdaARN, RotateImmediately: false }),
        )
        return { id: SecretId, attributes: {} }
      },
    ),
    'AWS::DynamoDB::Table': kind(
      z.strictObject({
        TableName: text,
        BillingMode: z.literal('PAY_PER_REQUEST'),
        AttributeDefinitions: z.array(
          z.strictObject({ AttributeName: text, AttributeType: z.enum(['S', 'N']) }),
        ),
        KeySchema: z.array(z.strictObject({ AttributeName: text, KeyType: z.enum(['HASH', 'RANGE']) })),
        SSESpecification: z.object({}).optional(),
      }),
      async ({ SSESpecification: _, ...table }) => {
        await new DynamoDBClient(settings()).send(new CreateTableCommand(table))
        return { id: table.TableName, attributes: {} }
      },
      ({ id }) => new DynamoDBClient(settings()).send(new DeleteTableCommand({ TableName: id })),
    ),
    'AWS::Scheduler::ScheduleGroup': kind(
      z.strictObject({ Name: text }),
      async ({ Name }) => {
        await new SchedulerClient(settings()).send(new CreateScheduleGroupCommand({ Name }))
        return { id: Name, attributes: {} }
      },
      ({ id }) => new SchedulerClient(settings()).send(new DeleteScheduleGroupCommand({ Name: id })),
    ),
  }
}

const Policies = z.array(
  z.strictObject({
    PolicyName: text,
    PolicyDocument: z.looseObject({
      Statement: z.array(
        z.looseObject({ Effect: z.enum(['Allow', 'Deny']), Action: z.union([text, z.array(text)]) }),
      ),
    }),
  }),
)

function otherKinds({ rules, subscriptions, alarms, stackRoles, named }: Estate): Record<string, Kind> {
  /** There by its name, and not twice. */
  const standing = (id: string, arn: string): Made => {
    if (named.has(arn)) throw exists(arn)
    named.add(arn)
    return { id, attributes: { Arn: arn } }
  }
  const forget: Kind['remove'] = ({ attributes }) => named.delete(attributes.Arn ?? '')
  return {
    'AWS::IAM::Role': kind(
      z.strictObject({
        RoleName: z.string().max(64),
        AssumeRolePolicyDocument: z.object({}),
        Policies,
        PermissionsBoundary: text.optional(),
      }),
      ({ RoleName, Policies }) => {
        if (stackRoles.has(RoleName)) throw exists(`Role with name ${RoleName}`)
        const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        const allowed = statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : []))
        stackRoles.set(RoleName, allowed)
        return { id: RoleName, attributes: { Arn: `arn:aws:iam::${ACCOUNT}:role/${RoleName}` } }
      },
      ({ id }) => stackRoles.delete(id),
    ),
    'AWS::Logs::LogGroup': kind(
      z.strictObject({ LogGroupName: text, RetentionInDays: z.number(), KmsKeyId: text.optional() }),
      ({ LogGroupName: name }) => standing(name, `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${name}:*`),
      forget,
    ),
    'AWS::SNS::Topic': kind(
      z.strictObject({ TopicName: text, KmsMasterKeyId: text.optional() }),
      ({ TopicName }) => standing(topicArn(TopicName), topicArn(TopicName)),
      forget,
    ),
    'AWS::SNS::Subscription': kind(
      z.strictObject({ TopicArn: text, Protocol: z.literal('lambda'), Endpoint: text }),
      ({ TopicArn, Endpoint }) => {
        const arn = `${TopicArn}:${randomUUID()}`
        subscriptions.push({ arn, topicArn: TopicArn, functionArn: Endpoint })
        return { id: arn, attributes: {} }
      },
      ({ id }) =>
        subscriptions.splice(
          subscriptions.findIndex(({ arn }) => arn === id),
          1,
        ),
    ),
    'AWS::Events::Rule': kind(
      z.strictObject({
        Name: z.string().max(64),
        Description: text.optional(),
        State: z.enum(['ENABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']),
        EventPattern: EventPattern,
        Targets: z.array(z.strictObject({ Id: text, Arn: text })),
      }),
      ({ Name, State, EventPattern, Targets }) => {
        if (rules.has(Name)) throw exists(Name)
        const targets = Targets.map(({ Arn }) => Arn)
        rules.set(Name, { pattern: EventPattern, targets, all: State !== 'ENABLED' })
        return { id: Name, attributes: { Arn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/${Name}` } }
      },
      ({ id }) => rules.delete(id),
    ),
    'AWS::CloudWatch::Alarm': kind(
      z.looseObject({
        AlarmName: text,
        Namespace: z.literal('AWS/Lambda'),
        MetricName: z.enum(['DurableExecutionFailed', 'DurableExecutionStopped', 'DurableExecutionTimedOut']),
        Dimensions: z.tuple([z.strictObject({ Name: z.literal('FunctionName'), Value: text })]),
        AlarmActions: z.array(text),
      }),
      ({ AlarmName: name, MetricName: metric, Dimensions: [{ Value }], AlarmActions: actions }) => {
        alarms.set(name, { name, metric, functionName: Value, actions })
        return { id: name, attributes: {} }
      },
      ({ id }) => alarms.delete(id),
    ),
  }
}

const Values = z.array(z.union([z.string(), z.boolean(), z.strictObject({ prefix: z.string() })]))
const EventPattern: z.ZodType<Pattern> = z.lazy(() => z.record(z.string(), z.union([Values, EventPattern])))
