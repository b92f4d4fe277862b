import type { ImportedSchedule } from './group-secrets.ts'

/**
 * What one stage can hold: a role’s ten managed policies of 6,144 characters name its secrets, a stack has 500
 * resources (src/deploy). With room to grow.
 */
const MOST_CHARACTERS = 45_000
const MOST_SCHEDULES = 300

/** Around a name in an ARN, at its longest. */
const ARN_CHARACTERS = 80

/**
 * The schedules of one stage, or of as many as it takes, none too large. One that is too large by itself is several,
 * under names of their own.
 */
export function splitStages(schedules: ImportedSchedule[]): ImportedSchedule[][] {
  const stages: ImportedSchedule[][] = []
  let room = 0
  for (const schedule of schedules.flatMap(piecesOf)) {
    const size = sizeOf(schedule)
    const current = stages.at(-1)
    if (current && size <= room && current.length < MOST_SCHEDULES) current.push(schedule)
    else {
      stages.push([schedule])
      room = MOST_CHARACTERS
    }
    room -= size
  }
  return stages.length > 0 ? stages : [[]]
}

function piecesOf(schedule: ImportedSchedule): ImportedSchedule[] {
  if (sizeOf(schedule) <= MOST_CHARACTERS) return [schedule]
  const pieces: ImportedSchedule['secrets'][] = [[]]
  let room = MOST_CHARACTERS
  for (const secret of schedule.secrets) {
    const size = secret.name.length + ARN_CHARACTERS
    if (size > room) {
      pieces.push([])
      room = MOST_CHARACTERS
    }
    pieces.at(-1)?.push(secret)
    room -= size
  }
  return pieces.map((secrets, index) => ({
    ...schedule,
    secrets,
    name: `${schedule.name}-part-${index + 1}`,
  }))
}

/** Of a managed policy, less what surrounds its statements. */
const POLICY_CHARACTERS = 5_600

/** A statement of a selector, without its tags; and what surrounds a tag in its conditions. */
const STATEMENT_CHARACTERS = 400
const TAG_CHARACTERS = 40

/** Tags are a statement, however many secrets they choose, and it is in one policy: what is left of that is room, too. */
function sizeOf({ secrets, tags }: ImportedSchedule): number {
  if (tags === undefined) return secrets.reduce((sum, { name }) => sum + name.length + ARN_CHARACTERS, 0)
  const written = Object.entries(tags).map(([key, value]) => key.length + value.length + TAG_CHARACTERS)
  const size = written.reduce((sum, it) => sum + it, STATEMENT_CHARACTERS)
  return POLICY_CHARACTERS / Math.floor(POLICY_CHARACTERS / size)
}
