/** A text as lines of at most `columns`, each indented; a word that is longer than that stays whole, to be copied. */
export function indented(text: string, indent: number, columns: number): string[] {
  const room = Math.max(20, columns - indent)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].map((it) => ' '.repeat(indent) + it)
}
