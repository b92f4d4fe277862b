import { expect, it } from 'vitest'
import { betweenColors, withoutColors } from '../../src/cli/colors.ts'
import { shaded } from '../../src/cli/month-grid.ts'
import { harmless } from '../../src/model/text.ts'

it.each([8, 30, 40, '31;8', '38;5;0', '00000008'])(
  'what others wrote cannot hide behind colour %s',
  (code) => {
    const text = `before \u001b[${code}mafter`
    expect(betweenColors(text, harmless)).toBe(`before \\u001b[${code}mafter`)
  },
)

it('our own colours stay, or go', () => {
  const text =
    ['0', '1', '2', '22', '31', '32', '33'].map((code) => `\u001b[${code}m`).join('x') + shaded('y')
  expect(betweenColors(text, harmless)).toBe(text)
  expect(withoutColors(text)).toBe('xxxxxxy')
})
