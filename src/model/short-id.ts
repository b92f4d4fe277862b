/** Crockford's base 32: no i, l, o, u, which are easily misread. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** An id short enough to be read out and typed, of six random or hashed bytes: `k7q-m2f-9x1`, 45 bits. */
export function shortId(bytes: Uint8Array): string {
  const bits = bytes.slice(0, 6).reduce((sum, byte) => sum * 256 + byte, 0)
  const digits = Array.from({ length: 9 }, (_, index) => ALPHABET[Math.floor(bits / 32 ** index) % 32])
  return digits.join('').replace(/(...)(...)(...)/, '$1-$2-$3')
}

/** Such an id as people type it: in capitals, without hyphens, with o for 0. Undefined where it is none. */
export function shortIdIn(text: string): string | undefined {
  const typed = text.toLowerCase().replaceAll(/[-\s]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1')
  const digits = /^([0-9a-hjkmnp-tv-z]{3})([0-9a-hjkmnp-tv-z]{3})([0-9a-hjkmnp-tv-z]{3})$/.exec(typed)
  return digits?.slice(1).join('-')
}
