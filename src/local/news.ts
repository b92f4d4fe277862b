import { iso } from '../model/time.ts'

/** An event as it comes to a rule of the bus, without what the bus adds. */
export type BusEvent = {
  source: string
  'detail-type': string
  /** Without a fraction, as AWS writes it. */
  time: string
  resources: string[]
  detail: object
}

/** A message as it was given to a topic. `forHttps`: what those get who are subscribed by https, where that is another. */
export type Published = {
  topic: string
  subject: string
  text: string
  forHttps?: string
  attributes: Record<string, string>
}

/** `2022-03-22T18:59:43Z`: no fraction. */
export const wholeSecond = (ms: number) => `${iso(ms).slice(0, 19)}Z`
