/** How one field of another tool's result is compared with an event: by what it means, not by how it is spelt. */
import { load } from '../library.mjs'

const { canonicalIp } = await load('src/address.js')
const { ianaCipherName } = await load('src/read/vocabulary/tls.js')
const { dnsTypeName } = await load('src/read/vocabulary/dns.js')

// -1 is what HAProxy and the AWS load balancers print for a phase that never began
const NOTHING = new Set(['', '-', '(empty)', 'N/A', 'null', '^', '<NOSRV>', '<BADREQ>', '-1'])

/** True where the other tool says nothing. */
export const isNothing = value => value === undefined || value === null || NOTHING.has(String(value)) || (Array.isArray(value) && value.length === 0)

const at = (event, path) => path.split('.').reduce((value, key) => value?.[key], event)
const near = (a, b, tolerance) => a !== undefined && Number.isFinite(b) && Math.abs(a - b) <= tolerance
const text = value => value === undefined ? undefined : String(value)
const same = (ours, theirs) => ours !== undefined && text(ours) === text(theirs)
const bareName = value => text(value)?.toLowerCase().replace(/\.$/, '')
const ipOf = value => canonicalIp(String(value).split(',')[0].trim()) ?? text(value)
const endpointOf = value => value.replace(/^\[?([^\]]*)\]?:(\d+)$/, (_, host, port) => `${ipOf(host)}:${port}`)
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Milliseconds of a stamp as tools print them; undefined where it has no year. Stamps without a zone are read as UTC. */
export function stampMs(value) {
  const word = String(value).trim()
  if (/^\d{9,10}(\.\d+)?$/.test(word)) return Number(word) * 1000
  if (/^\d\.\d+E1[12]$/.test(word) || /^\d{13}$/.test(word)) return Number(word)
  if (/^\d{19}$/.test(word)) return Number(word) / 1e6
  const clf = /^(\d{2})\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d(?:\.\d+)?)(?: ([+-]\d\d)(\d\d))?$/.exec(word)
  if (clf) return Date.parse(`${clf[3]}-${String(MONTHS.indexOf(clf[2]) + 1).padStart(2, '0')}-${clf[1]}T${clf[4]}${clf[5] ? `${clf[5]}:${clf[6]}` : 'Z'}`)
  if (!/^\d{4}-\d\d-\d\d[T ]/.test(word)) return undefined
  const zoned = /Z$|[+-]\d\d:?\d\d$/.test(word) ? word : `${word}Z`
  const ms = Date.parse(zoned.replace(' ', 'T').replace(/(\.\d{3})\d+/, '$1'))
  return Number.isFinite(ms) ? ms : undefined
}

/** Path and query as the log wrote them. */
const targetOf = event => event.url?.path === undefined ? event.url?.original : event.url.path + (event.url.query === undefined ? '' : `?${event.url.query}`)

const number = scale => ({ ours: (event, path) => at(event, path), fits: (ours, theirs) => near(ours, Number(theirs) * scale, Math.max(0.002, Math.abs(Number(theirs) * scale) * 1e-6)) })

/** Kinds of fields: what of the event is meant, and whether it is the same. */
const KINDS = {
  text: { fits: same },
  word: { fits: (ours, theirs) => bareName(ours) === bareName(theirs) },
  count: { fits: (ours, theirs) => ours !== undefined && Number(ours) === Number(theirs) },
  ms: number(1), seconds: number(1000), ns: number(1e-6),
  ip: { fits: (ours, theirs) => ours === ipOf(theirs) },
  version: { fits: (ours, theirs) => ours !== undefined && String(theirs).replace(/^HTTP\//i, '').replace(/^([23])\.0$/, '$1').replace(/^(1\.[01])\.0\.0$/, '$1') === ours },
  tls: { fits: (ours, theirs) => ours !== undefined && String(theirs).replace(/^TLS ?v?/i, '') === ours },
  cipher: { fits: (ours, theirs) => ours === ianaCipherName(String(theirs)) },
  rrtype: { fits: (ours, theirs) => ours === (/^\d+$/.test(String(theirs)) ? dnsTypeName(Number(theirs)) : String(theirs).replace(/^\*$/, 'ANY')) },
  flags: { fits: (ours, theirs) => [...theirs].map(flag => String(flag).toUpperCase()).filter(flag => flag !== 'QR').sort().join() === [...ours ?? []].sort().join() },
  data: { fits: (ours, theirs) => [...theirs].map(bareName).sort().join() === [...ours ?? []].map(bareName).sort().join() },
  answers: { fits: (ours, theirs) => theirs.map(([name, type, ttl, data]) => `${bareName(name)} ${type} ${ttl} ${bareName(data)}`).sort().join('\n') === ours.map(({ name, type, ttl, data }) => `${bareName(name)} ${type} ${ttl} ${bareName(data)}`).sort().join('\n') },
  endpoint: { ours: (event, path) => { const peer = at(event, path); return peer?.ip === undefined ? undefined : `${peer.ip}${peer.port === undefined ? '' : `:${peer.port}`}` }, fits: (ours, theirs) => ours === endpointOf(String(theirs)) },
  target: { ours: targetOf, fits: same },
  path: { ours: event => event.url?.path, fits: (ours, theirs) => ours === String(theirs).split('?')[0] },
  origin: { ours: event => event.cdn?.origin?.name, fits: (ours, theirs) => ours !== undefined && ours.split('/').includes(String(theirs)) },
  url: {
    ours: event => event.url?.domain === undefined ? targetOf(event) : `${event.url.scheme === undefined ? '' : `${event.url.scheme}://`}${event.url.domain}${event.url.port === undefined ? '' : `:${event.url.port}`}${targetOf(event) ?? ''}`,
    fits: (ours, theirs) => ours === String(theirs),
  },
  host: { ours: event => event.url?.domain === undefined ? event.hostname : event.url.domain, fits: (ours, theirs) => bareName(ours) === bareName(String(theirs).replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) },
  request: { ours: event => event.http?.request?.method === undefined ? undefined : `${event.http.request.method} ${targetOf(event) ?? ''}`, fits: (ours, theirs) => same(ours, String(theirs).replace(/ HTTP\/[\d.]+$/, '')) },
  time: {
    ours: event => event.ts_ms === undefined ? undefined : [event.ts_ms, ...event.ts_end_ms === undefined ? [] : [event.ts_end_ms]],
    fits: (ours, theirs) => {
      const ms = stampMs(theirs)
      return ours?.some(one => near(one, ms, 1) || (ms % 1000 === 0 && Math.floor(one / 1000) * 1000 === ms)) ?? false
    },
  },
}

/**
 * Compares one field. `want` is `{ field, kind, value }`: the event path it is about, how it is compared, what the other tool says.
 * Gives undefined where the other tool says nothing, else `agree`, `differ` or `absent` (we say nothing) with our own value.
 */
export function compareField(event, { field, kind, value }) {
  if (isNothing(value)) return undefined
  const how = KINDS[kind]
  if (kind === 'time' && stampMs(value) === undefined) return undefined
  if (/(^|\.)port$/.test(field) && Number(value) === 0) return undefined
  const ours = how.ours ? how.ours(event, field) : at(event, field)
  if (ours === undefined) return { verdict: 'absent', ours }
  return { verdict: how.fits(ours, value) ? 'agree' : 'differ', ours }
}

/** Picks the fields that a table of names knows out of a flat record: `{ name: [event path, kind] }`. Of several names for one path the first that says something counts. */
export function pick(flat, names) {
  const wants = new Map()
  for (const [name, [field, kind]] of Object.entries(names)) {
    if (!isNothing(flat[name]) && !wants.has(field)) wants.set(field, { field, kind, value: flat[name] })
  }
  return [...wants.values()]
}

/** Nested objects as one level of dotted names; lists stay lists. */
export function flatten(value, prefix = '', into = {}) {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) for (const [key, inner] of Object.entries(value)) flatten(inner, prefix === '' ? key : `${prefix}.${key}`, into)
  else into[prefix] = value
  return into
}
