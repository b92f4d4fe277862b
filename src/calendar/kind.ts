import { ExpressionError } from './expression-error.ts'

/** Which of AWS's three kinds an expression is. Throws ExpressionError. */
export function kindOf(when: string): 'cron' | 'rate' | 'at' {
  const kind = /^(cron|rate|at)\([^()]*\)$/.exec(when)?.[1]
  if (kind === 'cron' || kind === 'rate' || kind === 'at') return kind
  throw new ExpressionError(
    'this is no EventBridge Scheduler expression',
    { offset: 0, length: when.length },
    'write cron(minute hour day-of-month month day-of-week year), at(yyyy-mm-ddThh:mm:ss) or rate(value unit)',
  )
}
