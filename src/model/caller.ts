/**
 * Who does something, proved. Whoever asks signs `GetCallerIdentity` of STS, bound to this one deed by a header among the
 * signed ones, and does not send it: a function of the stage does, and STS tells it whose signature that is. Only four
 * strings travel. The request itself is made anew from them, so that nothing of it but these is the sender's to choose.
 * Decision 0169.
 */
export type CallerProof = {
  accessKeyId: string
  /** `X-Amz-Date`: when it was signed. */
  date: string
  signature: string
  /** Of temporary credentials. */
  sessionToken?: string
}

/** Whose signature it was, as STS has told a function of the stage; or why that is not known. */
export type Caller = { arn: string } | { notProved: string }

export function callerText(caller: Caller): string {
  return 'arn' in caller ? `proved by STS: ${caller.arn}` : `a claim, not proved: ${caller.notProved}`
}

/** The ARN that was proved. */
export function arnOf(caller: Caller | undefined): string | undefined {
  return caller && 'arn' in caller ? caller.arn : undefined
}

/**
 * Why a caller is nobody whom the stage knows; undefined: it does. `account`: the stage's own, whose administrators say
 * who is who; anybody can have an account.
 */
export function unknownHere(who: string, caller: Caller | undefined, account: string): string | undefined {
  if (caller === undefined || 'notProved' in caller)
    return `${who} is not proved: ${caller?.notProved ?? 'nobody has asked STS'}`
  return caller.arn.split(':')[4] === account ? undefined : `${caller.arn} is not of account ${account}`
}

/**
 * Why an answer is not that of another person than who asked; undefined: it is. Compared are whole ARNs, a session's name
 * among them, and their last names: one person in two roles is seen where both sessions go by one name.
 */
export function notAnother(
  asked: Caller | undefined,
  answers: Caller | undefined,
  account: string,
): string | undefined {
  const unknown = unknownHere('who asked', asked, account) ?? unknownHere('who approved', answers, account)
  if (unknown !== undefined) return unknown
  const [one, other] = [arnOf(asked) ?? '', arnOf(answers) ?? '']
  if (one === other) return `${other} has asked for it`
  return lastName(one) === lastName(other) ? `${other} goes by the name of who asked, ${one}` : undefined
}

function lastName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

/** What one proof is good for: another deed, or the same in another stage, has another signature. */
export type Deed = { stage: string } & KeyOfDeed

/** What was done to the thing of this id. Of what people write to the table, the id says what exactly: see deeds.ts. */
export type KeyOfDeed = { deed: 'run' | 'approve' | WrittenDeed; id: string }

/** Deeds that people write to the table themselves, with their proof beside them: the audit has STS read it. Decision 0173. */
export const WRITTEN_DEEDS = ['hold', 'release', 'skip', 'move', 'cancel'] as const

export type WrittenDeed = (typeof WRITTEN_DEEDS)[number]

export function isWritten(deed: KeyOfDeed['deed']): deed is WrittenDeed {
  return (WRITTEN_DEEDS as readonly string[]).includes(deed)
}
