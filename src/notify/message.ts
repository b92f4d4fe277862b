/** A text for people. `id` is the same however often it is sent. */
export type Message = { id: string; subject: string; text: string }

/** Up to 100 printable ASCII characters. Source: SNS API reference, Publish, Subject. */
const MOST_SUBJECT = 100

export function subject(stage: string, text: string): string {
  const plain = `[${stage}] ${text}`.replaceAll(/[^\x20-\x7e]/g, '?')
  return plain.length > MOST_SUBJECT ? `${plain.slice(0, MOST_SUBJECT - 3)}...` : plain
}

/** What texts say of the stage they come from. */
export type Origin = { stage: string; configVersion: string; region: string }

/**
 * The console's page of a log group, showing the lines that hold this text. The console reads what stands after `#`
 * decoded twice, with `$` for the second `%`. No reference documents that; it is how its own links look.
 */
export function logLink(region: string, logGroup: string, text: string): string {
  const twice = (part: string) => encodeURIComponent(encodeURIComponent(part)).replaceAll('%', '$')
  const query = encodeURIComponent(`?filterPattern=`).replaceAll('%', '$')
  return `https://${consoleOf(region)}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(logGroup)}/log-events${query}${twice(`"${text}"`)}`
}

/** Source: AWS China and AWS GovCloud (US) user guides: their consoles have addresses of their own. */
function consoleOf(region: string): string {
  if (region.startsWith('cn-')) return 'console.amazonaws.cn'
  if (region.startsWith('us-gov-')) return 'console.amazonaws-us-gov.com'
  return `${region}.console.aws.amazon.com`
}
