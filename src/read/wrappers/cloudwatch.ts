/** CloudWatch Logs: subscription envelopes, events as the API gives them, and the lines of `aws logs tail`. */
import type { Clock } from '../clock.js'
import { skip, type Outer } from '../parser.js'
import { readIso } from '../time.js'
import type { HeldSkip, Peeled, Peeler, PeelResult, Wrapper } from '../wrappers.js'
import { BLANK, headOf, isDigits, isObject, isoEnd, jsonObject, messageTexts, NOT_WRAPPED, StampedOuter, textsOf, zoneText } from './common.js'
import { syslogWrapper } from './syslog.js'

function eventTexts(event: unknown): PeelResult {
  if (!isObject(event) || typeof event.message !== 'string') return skip('malformed')
  const outer = typeof event.timestamp === 'number' ? { ms: event.timestamp, res_ms: 1 } : {}
  return messageTexts(event.message, outer)
}

function subscriptionTexts(envelope: Record<string, unknown>): readonly (Peeled | HeldSkip)[] {
  return Array.isArray(envelope.logEvents) ? envelope.logEvents.flatMap(event => textsOf(eventTexts(event))) : []
}

/** Firehose writes one envelope after the other without a line feed between. */
function envelopesOf(text: string): (Record<string, unknown> | undefined)[] {
  const whole = jsonObject(text)
  return whole ? [whole] : text.split(/(?<=\})(?=\{"messageType":)/).map(jsonObject)
}

function peelSubscription(text: string): PeelResult {
  const envelopes = envelopesOf(text)
  const texts = envelopes.flatMap(envelope => (envelope ? subscriptionTexts(envelope) : []))
  if (texts.length === 1) return texts[0] as Peeled
  if (texts.length > 0) return { texts, self: 'text' }
  return envelopes.includes(undefined) ? skip('invalid-json') : skip('not-an-event')
}

function peelObject(text: string): PeelResult {
  if (text.includes('"logEvents"') && text.includes('"messageType"')) return peelSubscription(text)
  if (!text.includes('"message"') || !(text.includes('"ingestionTime"') || text.includes('"eventId"'))) return NOT_WRAPPED
  const event = jsonObject(text)
  if (!event) return skip('invalid-json')
  return typeof event.timestamp === 'number' ? eventTexts(event) : NOT_WRAPPED
}

/** `2026-11-22T07:47:27.123000+00:00 stream line`: six decimals, an offset, and a stream's name, which has no blank. */
function peelTail(text: string, clock: Clock, around: Outer | undefined): PeelResult {
  const end = isoEnd(text, 0)
  if (end !== 32 || !isDigits(text, 20, 6) || text.charCodeAt(19) !== 46 || text.charCodeAt(32) !== 32) return NOT_WRAPPED
  const blank = text.indexOf(' ', 33)
  if (blank <= 33 || blank > 33 + 512) return NOT_WRAPPED
  const stamp = text.slice(0, 32)
  return { text: text.slice(blank + 1), outer: new StampedOuter(clock, stamp, readIso, { zone: zoneText(stamp) }, around) }
}

const open = (clock: Clock): Peeler => ({
  line(text, _number, around) {
    if (text.charCodeAt(0) === 123) return peelObject(text)
    return text.trim() === '' ? BLANK : peelTail(text, clock, around)
  },
})

/** `{"messageType":"DATA_MESSAGE","logEvents":[…]}` (one line, many events), `{"timestamp":…,"message":…}` and `aws logs tail`. */
export const cloudwatchWrapper: Wrapper = {
  id: 'cloudwatch',
  title: 'CloudWatch Logs (subscription, API events, aws logs tail)',
  // rsyslog's files begin as those of `aws logs tail` do, and say more.
  peelHead: lines => (syslogWrapper.peelHead(lines) ? undefined : headOf(open, lines, 0.8)),
  open,
}
