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
