import { stringify } from 'yaml'

/** A value as YAML writes it, in quotes where it would be read as something else. */
export function scalar(text: string): string {
  const plain = stringify(text, { lineWidth: 0 }).trimEnd()
  return plain === text ? plain : `'${text.replaceAll("'", "''")}'`
}
