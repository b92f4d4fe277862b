/** The code of the throw-away functions, one bundle for all: the template's handlers are `index.` and one of these. */
export { durable } from './durable.ts'
export { probe } from './probe.ts'
export { rotation } from './rotation.ts'
export { seen } from './seen.ts'
