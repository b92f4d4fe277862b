import { OURS } from '../calendar/zone-difference.ts'
import type { Diagnosis } from '../doctor/check.ts'
import type { Identity } from '../doctor/identity.ts'
import { hasHung } from '../doctor/lookup.ts'
import { diagnose } from '../operate/doctor.ts'
import { type Command, jsonText, noPositionals } from './command.ts'
import { doctorText } from './doctor-text.ts'
import { stageOption, validConfig } from './load-config.ts'
import { openProgress } from './progress.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'preflight: what will make rotations fail, before they do',
  help: `Usage: aws-tourbillon doctor --stage NAME [--json]

Looks at everything that a rotation depends on: secrets, rotation functions, their permissions and
network, schedules, orchestrator, alerts, holds, this computer's clock. It changes nothing and reads
no secret. It looks as you: what your AWS identity may not see is listed, and is no failure.

  --json    { "stage", "version", "zoneData", "account", "region", "identity", "ok", "fine",
              "findings": [{ "check", "severity", "subject", "symptom", "cause", "remedy" }],
              "notes": [same], "unseen": [{ "check", "subject", "why" }] }
            severity: "broken" (it will fail), or "risk" (it may, or nobody would hear of it);
            "note" of notes: nothing fails, AWS Config or Security Hub may ask

Exit status: 0 no findings; 1 findings, or the config is invalid; 2 it could not run at all.
Every check, and the permissions for all of them:
node_modules/aws-tourbillon/docs/doctor.md
Example: npx aws-tourbillon doctor --stage prod
`,
  options: {},
  async run(args, terminal) {
    noPositionals(args, (word) => `did you mean --stage ${word}?`)
    const config = await validConfig(args, terminal)
    const { identity, diagnosis } = await diagnose(config, {
      named: stageOption(args),
      now: terminal.now,
      progress: openProgress(terminal),
    })
    if (args.values.json) terminal.out(asJson(config, identity, diagnosis))
    else terminal.out(doctorText(config, identity, diagnosis, terminal))
    if (diagnosis.unseen.some(({ why }) => hasHung(why))) endOnceWritten()
    return diagnosis.findings.length > 0 ? 1 : 0
  },
}

/** A request that was given up may still hold its connection, and with it the process. */
function endOnceWritten(): void {
  setTimeout(() => process.stdout.write('', () => process.exit()), 500).unref()
}

function asJson(
  { stage, version }: { stage: string; version: string },
  { account, region, arn }: Identity,
  { fine, findings, notes, unseen }: Diagnosis,
): string {
  return jsonText({
    ...{ stage, version, zoneData: OURS.release, account, region, identity: arn },
    ...{ ok: findings.length === 0, fine, findings, notes, unseen },
  })
}
