/**
 * Waits for work as long as it may take, and not for ever (ms; infinity for that): rejects with `late` then, and ends
 * what heeds the signal. A client's own limits are for one sending; the SDK's pauses before a retry heed no signal.
 */
export async function withTimeLimit<T>(
  ms: number,
  late: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return work(new AbortController().signal)
  const ended = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(late))
      ended.abort()
    }, ms)
  })
  try {
    return await Promise.race([work(ended.signal), over])
  } finally {
    clearTimeout(timer)
  }
}

/** All tries of one event or text together: whoever waits for it may have a rotation's next step to take. */
const NOTIFY_MS = 3_000

export function withinNotifyTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withTimeLimit(NOTIFY_MS, `no answer in ${NOTIFY_MS / 1_000} s`, work)
}
