/**
 * A preload (`node --import`) for every process of a chaos run: one clock for all of them, which goes a few times as
 * fast as the real one. Pauses, time limits, windows and instants shrink alike; processors and sockets do not, so to
 * the product the machine seems that much slower. Two minutes of it are a quarter of an hour of schedules.
 *
 * What the clock shows follows from the real one by two numbers in the environment, so processes agree on it to the
 * millisecond. `CHAOS_AHEAD` (ms) puts a process of its own further ahead: an audit that runs hours later.
 */
import type { ClientRequest } from 'node:http'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import { availableParallelism, loadavg } from 'node:os'
import { promisify } from 'node:util'

const require = createRequire(import.meta.url)
const timers = require('node:timers') as typeof import('node:timers')
const later = require('node:timers/promises') as typeof import('node:timers/promises')

const RealDate = Date
const realNow = RealDate.now.bind(RealDate)
// The first process sets them; those that it starts inherit them.
process.env.CHAOS_SPEED ??= String(speedHere())
process.env.CHAOS_BEGAN ??= String(realNow())
const speed = Number(process.env.CHAOS_SPEED)
const began = Number(process.env.CHAOS_BEGAN)
const ahead = Number(process.env.CHAOS_AHEAD ?? '0')

/** What the machine can follow: where it is busy with other things, time limits of seconds would be over at once. */
function speedHere(): number {
  const busy = (loadavg()[0] ?? 0) / availableParallelism()
  return busy < 1.5 ? 5 : busy < 4 ? 3 : busy < 8 ? 2 : 1
}

/** Whole minutes at the beginning, so that a seed meets the same schedules. */
const origin = began - (began % 60_000)
const now = () => Math.floor(origin + ahead + (realNow() - began) * speed)

class ScaledDate extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(now())
    else super(...(given as [number]))
  }
  static override now = now
  /** Dates that other threads send, or Node makes, are of the real class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof RealDate
  }
}
globalThis.Date = ScaledDate as DateConstructor

type Timer = (callback: () => void, ms?: number, ...rest: unknown[]) => NodeJS.Timeout
const scaled = (real: Timer, inPromise: unknown) =>
  Object.assign((callback: () => void, ms = 0, ...rest: unknown[]) => real(callback, ms / speed, ...rest), {
    [promisify.custom]: inPromise,
  })

const realInterval = globalThis.setInterval
const { setTimeout: realWait, setInterval: realEach } = later
later.setTimeout = ((ms = 0, ...rest: []) => realWait(ms / speed, ...rest)) as typeof realWait
later.setInterval = ((ms = 0, ...rest: []) => realEach(ms / speed, ...rest)) as typeof realEach
timers.setTimeout = scaled(globalThis.setTimeout as Timer, later.setTimeout) as unknown as typeof setTimeout
timers.setInterval = scaled(globalThis.setInterval as Timer, undefined) as unknown as typeof setInterval
globalThis.setTimeout = timers.setTimeout
globalThis.setInterval = timers.setInterval
syncBuiltinESMExports()

const realAbort = AbortSignal.timeout.bind(AbortSignal)
AbortSignal.timeout = (ms) => realAbort(Math.ceil(ms / speed))

const realPassed = performance.now.bind(performance)
performance.now = () => realPassed() * speed

// Sockets have timers of their own.
const realIdle = Socket.prototype.setTimeout
Socket.prototype.setTimeout = function (ms, callback) {
  return realIdle.call(this, Math.ceil(ms / speed), callback)
}

const BEAT_MS = 50
const LOST_OF_MS = 2_000
let beat = realPassed()
const lost = [0, 0] as [now: number, before: number]
const sinceBeat = () => Math.max(0, realPassed() - beat - BEAT_MS)
realInterval(() => {
  lost[0] += sinceBeat()
  beat = realPassed()
}, BEAT_MS).unref()
realInterval(() => lost.splice(0, 2, 0, lost[0]), LOST_OF_MS).unref()

/** How much of the last seconds this process has not had, for the machine had no time for it. In ms of its clock. */
const lateMs = () => Math.ceil((sinceBeat() + lost[0] + lost[1]) * speed)

// Each request says when it was let go, and how late its sender was, which nobody else can tell where the machine is busy.
const http = require('node:http') as typeof import('node:http')
const realRequest = http.request as (...given: unknown[]) => ClientRequest
http.request = ((...given: unknown[]) => {
  const request = realRequest(...given)
  request.setHeader('chaos-left', now())
  request.setHeader('chaos-late', lateMs())
  return request
}) as typeof http.request
syncBuiltinESMExports()
