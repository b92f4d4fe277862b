/** Our own colours are the only escape sequences that a text for a terminal may hold: what others wrote holds none. */

/** Those that we write; not, say, 8, which hides what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour code starts with.
const COLOR = /(\u001b\[(?:[012]|22|3[1-6]|39;49|38;5;255;48;5;238)m)/g

/** The text with its colours as they are, and all between them changed. */
export function betweenColors(text: string, change: (text: string) => string): string {
  return text
    .split(COLOR)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join('')
}

export function withoutColors(text: string): string {
  return text.replace(COLOR, '')
}

/** In a colour (SGR code), where the terminal has colours. */
export function paint(code: number, text: string, { color }: { color: boolean }): string {
  return color ? `\u001b[${code}m${text}\u001b[0m` : text
}
