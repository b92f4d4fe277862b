/** Whether this is the longer run, `npm run test:deep`: what takes minutes, or waits for real ones. CI has it too. */
export const DEEP = process.env.TOURBILLON_DEEP !== undefined
