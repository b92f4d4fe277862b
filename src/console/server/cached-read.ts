/** A reading that many may ask for, and that is made once for all of them. */
export type CachedRead<T> = {
  read(): Promise<T>
  /** What has been read, or is being read, is old: the next one to ask gets a new reading. */
  forget(): void
}

/**
 * One reading at a time, and one in `everyMs` at most, whoever asks: two tabs cost what one does. What fails is told to
 * those who wait, and not kept.
 */
export function cachedRead<T>(
  read: () => Promise<T>,
  everyMs: number,
  passed: () => number = () => performance.now(),
): CachedRead<T> {
  let kept: { reading: Promise<T>; until: number } | undefined
  return {
    forget() {
      kept = undefined
    },
    read() {
      if (kept !== undefined && passed() < kept.until) return kept.reading
      const own = { reading: read(), until: Number.POSITIVE_INFINITY }
      const from = passed()
      kept = own
      own.reading.then(
        () => {
          own.until = from + everyMs
        },
        () => {
          if (kept === own) kept = undefined
        },
      )
      return own.reading
    },
  }
}
