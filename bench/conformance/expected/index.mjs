/** Other tools' results, by the shape they have; one adapter a tool. */
import { readFileSync } from 'node:fs'
import { compareField } from '../fields.mjs'
import columns from './columns.mjs'
import crowdsec from './crowdsec.mjs'
import datadog from './datadog.mjs'
import ecs from './ecs.mjs'
import jc from './jc.mjs'
import otel from './otel.mjs'
import udm from './udm.mjs'
import vrl from './vrl.mjs'
import { readYaml } from './yaml.mjs'
import zeek from './zeek.mjs'

const ADAPTERS = [crowdsec, ecs, datadog, vrl, otel, jc, udm, columns, zeek]

function load(path) {
  const text = readFileSync(path, 'utf8')
  if (/\.ya?ml$/.test(path)) return readYaml(text)
  return path.endsWith('.json') ? JSON.parse(text) : text
}

/** Lines of a file with the byte each begins at. */
function linesOf(path) {
  const lines = []
  const offsets = new Map()
  let offset = 0
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    offsets.set(offset, lines.push(line.replace(/\r$/, '')))
    offset += Buffer.byteLength(line) + 1
  }
  return { lines, offsets }
}

/** The event that agrees with most of a record, for results that come in no order. */
function nearest({ wants }, events) {
  const agreeing = event => wants.filter(want => compareField(event, want)?.verdict === 'agree').length
  return events.length === 0 ? undefined : events.reduce((best, event) => agreeing(event) > agreeing(best) ? event : best)
}

/**
 * What another tool expects of a file: `{ tool, records: [{ event?, line, wants }] }`, with the event that stands for each record
 * where there is one; undefined where the shape is one that no adapter knows.
 */
export function expectationsOf(expectedPath, path, events) {
  let data
  try {
    data = load(expectedPath)
  } catch (error) {
    return { tool: 'unreadable', records: [], detail: error.message }
  }
  const adapter = ADAPTERS.find(one => one.fits(data))
  if (!adapter) return undefined
  const records = adapter.read(data, { ...linesOf(path), events }).map(record => ({
    ...record,
    event: record.event ?? (record.line !== undefined ? events.find(event => event.log.line === record.line) : adapter.isUnordered ? nearest(record, events) : events[record.order]),
  }))
  return { tool: adapter.id, records }
}
