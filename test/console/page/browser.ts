import { accessSync, constants } from 'node:fs'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const ARGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const LOOK_UPS = ['--disable-component-update', '--disable-sync']
/** A name that somebody else made to point here. */
export const REBOUND = 'rebound.test'
const NAMES = [`--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`]

/** Debian's Chromium, Google's Chrome, or what `CHROMIUM` names; undefined where there is none. */
export const chromiumPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && isExecutable(path),
)
if (chromiumPath === undefined) {
  console.warn(
    'No Chromium here (CHROMIUM, /usr/bin/chromium, /usr/bin/google-chrome): browser tests are skipped',
  )
}

const LAUNCH = {
  executablePath: chromiumPath ?? '',
  args: [...ARGS, ...LOOK_UPS, ...NAMES],
  chromiumSandbox: false,
}

/** For all test files; each page in it is a visitor of its own. */
export const launchServer = () => chromium.launchServer(LAUNCH)

/** For this process alone. */
export const launch = () => chromium.launch(LAUNCH)

export type Visit = {
  page: Page
  /** What a page that is well never does: console errors, page errors, failed requests, violations of its policy. */
  problems(): string[]
  /** What this visitor brings about on purpose. */
  forgives(...problems: RegExp[]): void
}

/**
 * A visitor on the far side of the world from the data: a time shown by the visitor's zone is a wrong one. Motion is
 * reduced, so that what is seen does not depend on when.
 */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    ...{ timezoneId: 'Pacific/Auckland', locale: 'de-AT', reducedMotion: 'reduce' },
    ...{ colorScheme: 'light', viewport: DESK },
    ...options,
  })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`page: ${error.stack ?? error}`))
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    // What the page itself gives up, as a view is left.
    if (why !== 'net::ERR_ABORTED') problems.push(`request: ${request.url()}: ${why}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`response: ${response.status()} ${response.url()}`)
  })
  await page.addInitScript({ content: TELL_VIOLATIONS })
  const forgiven: RegExp[] = []
  return {
    page,
    problems: () => problems.filter((problem) => !forgiven.some((it) => it.test(problem))),
    forgives: (...patterns) => forgiven.push(...patterns),
  }
}

// What runs in the page is written as text: this project's own types know no browser.
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (event) =>
  console.error('violates ' + event.violatedDirective + ': ' + event.blockedURI))`

export const DESK = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }

/** Whether the page is wider than its window: then people scroll sideways to read. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > document.documentElement.clientWidth')
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const OPTIONS = { runOnly: { type: 'tag', values: TAGS }, resultTypes: ['violations'] }

/** Violations that axe finds, each with where: none is wanted. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Evaluated, not added as a script: the page's own policy refuses that, as it shall.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<Found>(`axe.run(document, ${JSON.stringify(OPTIONS)})`)
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}: ${html}\n${failureSummary}`),
  )
}

type Found = {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
