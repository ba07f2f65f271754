/** What is to be said at the end of a run that was begun on assumptions. */
import { OtherAliases, type Assumptions } from '../assume.js'
import type { Inputs } from '../inputs.js'
import type { JoinAccount } from '../join/account.js'
import type { JoinRules } from '../join/claim.js'
import type { DualStack } from '../join/dual-stack.js'
import { aliasNote, skewNote } from '../join/notes.js'
import type { SkewSampler } from '../join/skew-sample.js'

/** What a run has learned of all its events. */
export interface RunLearned { readonly account: JoinAccount, readonly dualStack: DualStack, readonly sampler: SkewSampler }

/** Notes what was learned. Fails with OtherAliases when addresses belong together that the run did not know of. */
export function conclude(inputs: Inputs, { account, dualStack, sampler }: RunLearned, assumed: Assumptions, rules: JoinRules): void {
  const aliases = dualStack.learn()
  if (aliases.size !== assumed.aliases.size || [...aliases].some(([key, value]) => assumed.aliases.get(key) !== value)) throw new OtherAliases(aliases)
  if (aliases.size > 0) inputs.note(aliasNote(aliases))
  for (const [path, skew] of sampler.learn()) inputs.note(skewNote(path, skew))
  for (const note of account.diagnosis(Math.max(rules.beforeMs, rules.afterMs))) inputs.note(note)
}
