import { CannotDo } from '../cli/command.ts'
import { RequestError } from '../rotation/wave-request.ts'

/** What is wrong with a request, as the command tells it. Throws CannotDo. */
export async function told<T>(check: () => T | Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (error) {
    if (error instanceof RequestError) throw new CannotDo(error.message)
    throw error
  }
}
