/** A transaction runs alone: what came before it ends first, and what comes after it waits. */
export function openLanes() {
  let transactions: Promise<unknown> = Promise.resolve()
  const underWay = new Set<Promise<unknown>>()
  return {
    /** `work` resolves once its request is answered. */
    async beside(work: () => Promise<unknown>): Promise<void> {
      await transactions
      const done = work().finally(() => underWay.delete(done))
      underWay.add(done)
      await done
    },
    async alone<T>(work: () => Promise<T>): Promise<T> {
      const before = transactions
      const turn = before.then(() => Promise.allSettled([...underWay])).then(work)
      transactions = turn.catch(() => {})
      return turn
    },
  }
}
