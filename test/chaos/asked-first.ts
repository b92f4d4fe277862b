import type { Rotation } from '../../src/model/rotation.ts'
import { type Happened, time, type Violation } from './happened.ts'

/** Nothing is sent before its before-hook has said yes, once at least; and no success is said that no after-hook has seen. */
export function hooksAsked({ rotations, sendings, hooks }: Happened): Violation[] {
  return rotations.flatMap((rotation) => {
    const { rotationId, secretName: secret, status, late, limits } = rotation
    const found = (what: string): Violation => ({ kind: 'hook', secret, rotationId, what })
    const yes = hooks.filter((it) => it.rotationId === rotationId && it.ok)
    const sent = sendings.filter(({ token }) => token === rotationId).map(({ sentAt }) => sentAt)
    const first = sent.length > 0 ? Math.min(...sent) : undefined
    const isAsked = yes.some(({ hook, at }) => hook === 'before' && at <= (first ?? at))
    const isSeen = yes.some(({ hook, at }) => hook === 'after' && at >= (first ?? at))
    return [
      ...(first !== undefined && wants(limits?.beforeSeconds) && !isAsked
        ? [found(`sent at ${time(first)}, and no before-hook had said yes`)]
        : []),
      ...(status === 'SUCCEEDED' && !late && wants(limits?.afterSeconds) && !isSeen
        ? [found('SUCCEEDED, and no after-hook has said yes')]
        : []),
    ]
  })
}

const wants = (seconds: NonNullable<Rotation['limits']>['beforeSeconds']) => (seconds ?? 0) > 0
