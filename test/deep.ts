/** Whether this is the longer run, `npm run test:deep`: what takes minutes, or waits for real ones. CI has it too. */
export const DEEP = process.env.TOURBILLON_DEEP !== undefined

/** Tries of a property: all of them in the longer run, a quarter each time. */
export const tries = (most: number) => (DEEP ? most : Math.ceil(most / 4))
