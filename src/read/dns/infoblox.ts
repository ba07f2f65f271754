/** What Infoblox NIOS, whose DNS server is BIND's, logs of its answers: with the records, which BIND's own response log has not. */
import type { Draft } from '../parser.js'
import { bindRcode } from './bind-errors.js'
import { readRecord, type Answer } from './records.js'

const SHAPE = /^(UDP|TCP): query: (\S{1,1024}) ([A-Z0-9]{1,12}) ([A-Z0-9-]{1,16}) response: ([A-Z]{3,12}|<rcode \d{1,4}>) ([+-][A-Za-z]{0,12})(?: |$)/

/** True for a message of this kind. */
export const isInfobloxAnswer = (message: string): boolean => (message.startsWith('UDP: query: ') || message.startsWith('TCP: query: ')) && message.includes(' response: ')

/** The records behind the flags, each ended by `;`, which may also stand inside a quoted text. */
function answersOf(text: string): Answer[] {
  const answers: Answer[] = []
  let from = 0
  let quoted = false
  for (let at = 0; at <= text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) quoted = !quoted
    if (at < text.length && (code !== 59 || quoted)) continue
    const answer = readRecord(text.slice(from, at).trim())
    if (answer) answers.push(answer)
    from = at + 1
  }
  return answers
}

/**
 * Reads `UDP: query: NAME CLASS TYPE response: RCODE FLAGS[ RECORD; RECORD;]`. Of the flags, `+` (recursion desired) and `A` (authoritative)
 * are taken; the vendor's pages differ about the others. Refuses (false) any other text.
 * Source: Infoblox NIOS Administrator Guide, "Capturing DNS Queries and Responses".
 */
export function putInfobloxAnswer(draft: Draft, message: string): boolean {
  const match = SHAPE.exec(message)
  const rcode = match ? bindRcode(match[5]!) : undefined
  if (!match || rcode === undefined) return false
  const [all, transport, name, dnsClass, type, , flags] = match
  const names: string[] = []
  if (flags!.charCodeAt(0) === 43) names.push('RD')
  if (flags!.includes('A')) names.push('AA')
  const answers = answersOf(message.slice(all.length))
  draft.network = { transport: transport === 'TCP' ? 'tcp' : 'udp' }
  draft.dns = { question: { name, type, class: dnsClass }, response_code: rcode, header_flags: names, ...(answers.length === 0 ? {} : { answers }) }
  return true
}
