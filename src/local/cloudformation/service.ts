import { iso } from '../../model/time.ts'
import type { LocalService } from '../http.ts'
import { listIn, queryService, type XmlItem } from '../protocols/query.ts'
import type { CreateRequest, Stack, Stacks } from './stacks.ts'

/** CloudFormation: stacks are made, looked at and removed; none is updated. Source: CloudFormation API reference. */
export function cloudFormation(stacks: Stacks): LocalService {
  const named = (form: URLSearchParams) => stacks.find(form.get('StackName') ?? '')
  return queryService('cloudformation', 'http://cloudformation.amazonaws.com/doc/2010-05-15/', {
    CreateStack: {
      known:
        /^(StackName|TemplateBody|OnFailure|ClientRequestToken|TimeoutInMinutes|EnableTerminationProtection|Capabilities\.member\.\d+|Tags\.member\.\d+\.(Key|Value))$/,
      answer(form) {
        const stack = stacks.create({
          name: form.get('StackName') ?? '',
          template: form.get('TemplateBody') ?? '',
          tags: tagsIn(form),
          capabilities: listIn(form, 'Capabilities.member'),
          token: form.get('ClientRequestToken') ?? undefined,
          onFailure: (form.get('OnFailure') ?? 'ROLLBACK') as CreateRequest['onFailure'],
        })
        return { StackId: stack.id }
      },
    },
    DeleteStack: {
      known: /^(StackName|ClientRequestToken)$/,
      answer(form) {
        stacks.remove(form.get('StackName') ?? '')
        return {}
      },
    },
    DescribeStacks: {
      known: /^(StackName|NextToken)$/,
      answer: (form) => ({
        Stacks: (form.has('StackName')
          ? [named(form)]
          : [...stacks.all.values()].filter(({ status }) => status !== 'DELETE_COMPLETE')
        ).map(describe),
      }),
    },
    /** Newest first. */
    DescribeStackEvents: {
      known: /^(StackName|NextToken)$/,
      answer(form) {
        const { id, name, events } = named(form)
        return {
          StackEvents: [...events].reverse().map((event) => ({
            StackId: id,
            StackName: name,
            EventId: event.id,
            LogicalResourceId: event.logicalId,
            PhysicalResourceId: event.physicalId,
            ResourceType: event.type,
            ResourceStatus: event.status,
            Timestamp: iso(event.at),
            ...(event.reason !== undefined && { ResourceStatusReason: event.reason }),
          })),
        }
      },
    },
    DescribeStackResources: {
      known: /^StackName$/,
      answer(form) {
        const { id: StackId, name: StackName, resources, createdAt } = named(form)
        return {
          StackResources: [...resources].map(([LogicalResourceId, { id, type, status }]) => ({
            ...{ StackId, StackName, LogicalResourceId, PhysicalResourceId: id, ResourceType: type },
            ...{ ResourceStatus: status, Timestamp: iso(createdAt) },
          })),
        }
      },
    },
    ListStacks: {
      known: /^(NextToken|StackStatusFilter\.member\.\d+)$/,
      answer(form) {
        const wanted = listIn(form, 'StackStatusFilter.member')
        return {
          StackSummaries: [...stacks.all.values()]
            .filter(({ status }) => wanted.length === 0 || wanted.includes(status))
            .map((stack) => {
              const { Tags: _, Outputs: __, ...summary } = describe(stack)
              return summary
            }),
        }
      },
    },
  })
}

function describe(stack: Stack): XmlItem {
  return {
    StackId: stack.id,
    StackName: stack.name,
    StackStatus: stack.status,
    CreationTime: iso(stack.createdAt),
    ...(stack.reason !== undefined && { StackStatusReason: stack.reason }),
    ...(stack.deletedAt !== undefined && { DeletionTime: iso(stack.deletedAt) }),
    Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
    Outputs: Object.entries(stack.outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
  }
}

function tagsIn(form: URLSearchParams): Record<string, string> {
  const tags: Record<string, string> = {}
  for (let n = 1; form.has(`Tags.member.${n}.Key`); n++)
    tags[form.get(`Tags.member.${n}.Key`) ?? ''] = form.get(`Tags.member.${n}.Value`) ?? ''
  return tags
}
