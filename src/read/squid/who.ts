/** Squid or Traffic Server? Both write the same line; tags, hierarchy and the padding of the elapsed time tell them apart. */
import { readClf } from '../access/clf.js'
import type { Head } from '../parser.js'
import { isUnpadded, readSquidLine, type SquidLine } from './line.js'

/** Only Squid has these. */
const SQUID_TAG = /^(?:NONE|TAG)_|_(?:ABORTED|TIMEDOUT|IGNORED|TUNNEL|UNMODIFIED|MODIFIED|FAIL_OLD|FAIL_ERR)$|^TCP_(?:INM_HIT|OFFLINE_HIT|NEGATIVE_HIT|REDIRECT|DENIED_REPLY|REFRESH|TUNNEL|CF_MISS|CF_REFRESH\w*)$|^(?:UDP|ICP)_/
const SQUID_ROUTE = /^(?:HIER_|FIRSTUP_PARENT|FIRST_PARENT_MISS|CLOSEST_|SOURCE_FASTEST|ROUNDROBIN_PARENT|CD_|CARP|ANY_OLD_PARENT|ANY_PARENT|USERHASH_PARENT|SOURCEHASH_PARENT|PINNED|ORIGINAL_DST|STANDBY_POOL|SIBLING_HIT|SINGLE_PARENT|NO_DIRECT_FAIL)/
/** Only Traffic Server has these, but for Squid before 1.2. */
const ATS_TAG = /^ERR_|^TCP_(?:CLIENT_REFRESH|SWAPFAIL|EXPIRED_MISS|DISK_HIT|REFRESH_FAIL_HIT|REF_FAIL_HIT|HIT_(?:X_)?REDIRECT|MISS_(?:X_)?REDIRECT|WEBFETCH_MISS)$|^UNDEFINED$/
const ATS_ROUTE = /^(?:EMPTY|INVALID_CODE|TIMEOUT_(?:DIRECT|PARENT_HIT))$/

/** Who wrote a line, where it shows. */
export function writerOf(line: SquidLine): 'squid' | 'ats' | undefined {
  if (SQUID_TAG.test(line.tag) || SQUID_ROUTE.test(line.hierarchy)) return 'squid'
  if (ATS_TAG.test(line.tag) || ATS_ROUTE.test(line.hierarchy)) return 'ats'
  // Squid's writer pads every elapsed time, Traffic Server's none
  if (isUnpadded(line)) return 'ats'
  return line.elapsed.length < 6 ? 'squid' : undefined
}

/** Cisco's web appliance begins its lines alike, but ends them with `POLICY_11-GROUP-… <score,…>`; nothing says which end of the transfer its time is. */
const isAppliance = (text: string): boolean => / [A-Z_]+_\d+-\S+ </.test(text)

interface Verdict { readonly share: number, readonly squid: number, readonly ats: number }

const verdicts = new WeakMap<Head, Verdict>()

function judge(head: Head): Verdict {
  let seen = 0
  let fitting = 0
  const votes = { squid: 0, ats: 0 }
  for (const text of head.lines) {
    if (text.trim() === '' || text.startsWith('#')) continue
    seen++
    const line = readSquidLine(text)
    if ('skip' in line || isAppliance(text)) continue
    fitting++
    const writer = writerOf(line)
    if (writer) votes[writer]++
  }
  return { share: seen === 0 ? 0 : fitting / seen, ...votes }
}

/** How surely one of the two may claim a file; where nothing tells them apart both claim it alike, and the run asks. */
export function squidClaim(head: Head, writer: 'squid' | 'ats'): number {
  let verdict = verdicts.get(head)
  if (!verdict) verdicts.set(head, verdict = judge(head))
  const { share, squid, ats } = verdict
  const own = writer === 'squid' ? squid : ats
  const other = writer === 'squid' ? ats : squid
  if (own + other === 0 || own === other) return share * 0.8
  return own > other ? share * (other === 0 ? 1 : 0.9) : 0
}

/** Behind the common or combined format Squid appends `TCP_MISS:HIER_DIRECT`, Traffic Server's extended format nine numbers; gives what stands there. */
export function clfTail(text: string): { readonly clf: NonNullable<ReturnType<typeof readClf>>, readonly tail: string } | undefined {
  const clf = readClf(text)
  return clf && { clf, tail: text.slice(clf.tail).trim() }
}
