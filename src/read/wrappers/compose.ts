/** `docker compose logs` and `kubectl logs --prefix`: the service or pod before each line, with or without a stamp after it. */
import type { Clock } from '../clock.js'
import type { Outer } from '../parser.js'
import { readIso } from '../time.js'
import type { PeelResult, Wrapper } from '../wrappers.js'
import { BLANK, headOf, isoEnd, NOT_WRAPPED, StampedOuter } from './common.js'

const SERVICE = /^([\w.-]{1,100}) {1,100}\| ?/
const POD = /^\[pod\/([\w.-]{1,253})\/([\w.-]{1,63})\] /

interface Prefix { readonly end: number, readonly program: string | undefined, readonly host?: string | undefined }

function prefixOf(text: string): Prefix | undefined {
  const pod = text.startsWith('[pod/') ? POD.exec(text) : null
  if (pod) return { end: pod[0].length, host: pod[1], program: pod[2] }
  const bar = text.indexOf('|')
  const service = bar > 0 && bar < 202 ? SERVICE.exec(text) : null
  return service ? { end: service[0].length, program: service[1] } : undefined
}

const open = (clock: Clock) => ({
  line(text: string, _number: number, around?: Outer): PeelResult {
    const prefix = prefixOf(text)
    if (!prefix) return text.trim() === '' ? BLANK : NOT_WRAPPED
    const { end, program, host } = prefix
    const stampEnd = isoEnd(text, end)
    const stamped = stampEnd > 0 && text.charCodeAt(stampEnd) === 32
    const stamp = stamped ? text.slice(end, stampEnd) : ''
    return { text: text.slice(stamped ? stampEnd + 1 : end), outer: new StampedOuter(clock, stamp, readIso, { program, host }, around) }
  },
})

/** `web-1  | line` and `[pod/web-1/nginx] line`. */
export const composeWrapper: Wrapper = { id: 'compose', title: 'docker compose logs, kubectl logs --prefix', peelHead: lines => headOf(open, lines, 0.8), open }
