import { canaryIn } from '../config/canary.ts'
import type { Schedule } from '../config/config.ts'
import { consumersText } from '../model/consumers.ts'
import { oneLine } from '../model/text.ts'

/** A text for people. `id` is the same however often it is sent. `chat`: it as chats show it, see chat-text.ts. */
export type Message = { id: string; subject: string; text: string; chat: string }

/** Up to 100 printable ASCII characters. Source: SNS API reference, Publish, Subject. */
const MOST_SUBJECT = 100

export function subject(stage: string, text: string): string {
  const plain = `[${stage}] ${text}`.replaceAll(/[^\x20-\x7e]/g, '?')
  return plain.length > MOST_SUBJECT ? `${plain.slice(0, MOST_SUBJECT - 3)}...` : plain
}

/** Who answers for a schedule, what it is for, and where it stands what to do. */
type About = Pick<Schedule, 'name' | 'owner' | 'description' | 'runbook'> &
  Partial<Pick<Schedule, 'canary' | 'soakSeconds' | 'place' | 'secrets' | 'select' | 'consumers'>>

/** What texts say of the stage they come from. */
export type Origin = { stage: string; configVersion: string; region: string; schedules?: About[] }

/** For each of these schedules of which the config says something, a part of a text; named where they are several. */
export function aboutText(names: string[], { schedules = [] }: Origin): string[] {
  const all = [...new Set(names)]
  return schedules
    .filter(({ name }) => all.includes(name))
    .flatMap(({ name, owner, description, runbook }) => {
      const lines = [
        ...(description === undefined ? [] : [`What it is for: ${description}`]),
        ...(owner === undefined ? [] : [`Owner: ${owner}`]),
        ...(runbook === undefined ? [] : [`Runbook: ${runbook}`]),
      ]
      return lines.length === 0 ? [] : [[...(all.length > 1 ? [name] : []), ...lines].join('\n')]
    })
}

/** Who goes first in a schedule's waves: a line, or none. */
export function canaryLine(name: string, { schedules = [] }: Origin): string[] {
  const about = schedules.find((it) => it.name === name)
  const canary = about && canaryIn({ ...about, secrets: about.secrets ?? [] })
  return canary ? [`Canary: ${oneLine(canary.text)}.`] : []
}

/** Who uses a schedule's secrets, and has to take the new values: a line, or none. */
export function usersLine(name: string, { schedules = [] }: Origin): string[] {
  const { consumers = [] } = schedules.find((it) => it.name === name) ?? {}
  return consumers.length === 0 ? [] : [oneLine(`Used by: ${consumersText(consumers)}.`)]
}

/**
 * The console's page of a log group, showing the lines that hold this text. The console reads what stands after `#`
 * decoded twice, with `$` for the second `%`. No reference documents that; it is how its own links look.
 */
export function logLink(region: string, logGroup: string, text: string): string {
  const twice = (part: string) => encodeURIComponent(encodeURIComponent(part)).replaceAll('%', '$')
  const query = encodeURIComponent(`?filterPattern=`).replaceAll('%', '$')
  return `https://${consoleOf(region)}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(logGroup)}/log-events${query}${twice(`"${text}"`)}`
}

/** The console's page of a secret. No reference documents it; it is how its own links look. */
export function secretLink(region: string, name: string): string {
  return `https://${consoleOf(region)}/secretsmanager/secret?name=${encodeURIComponent(name)}&region=${region}`
}

/** Source: AWS China and AWS GovCloud (US) user guides: their consoles have addresses of their own. */
function consoleOf(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn'
  if (region.startsWith('us-gov-')) return 'console.amazonaws-us-gov.com'
  return `${region}.console.aws.amazon.com`
}
