import { useEffect, useState } from 'preact/hooks'
import { useApp } from './context.ts'

/** Now by the server's clock, epoch ms; anew at every full second. */
export function useClock(): number {
  const { clockOffset } = useApp()
  const [now, setNow] = useState(Date.now() + clockOffset)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const tick = () => {
      const at = Date.now() + clockOffset
      setNow(at)
      timer = setTimeout(tick, 1_000 - (at % 1_000))
    }
    tick()
    return () => clearTimeout(timer)
  }, [clockOffset])
  return now
}
