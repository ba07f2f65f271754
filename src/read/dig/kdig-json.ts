/** `kdig +json`: one object an answer, over several lines. */
import type { Draft } from '../parser.js'
import { dnsClassName, dnsTypeName, opcodeName, rcodeName } from '../vocabulary/dns.js'
import { Block } from './block.js'
import { readEpoch } from '../time.js'

export interface KdigObject { readonly dateSeconds?: unknown, readonly ID?: unknown, readonly QR?: unknown, readonly Opcode?: unknown, readonly RCODE?: unknown, readonly QNAME?: unknown, readonly QTYPE?: unknown, readonly QTYPEname?: unknown, readonly QCLASS?: unknown, readonly QCLASSname?: unknown, readonly answerRRs?: unknown, readonly [flag: string]: unknown }

const FLAGS = ['AA', 'TC', 'RD', 'RA', 'AD', 'CD']

function recordOf(value: unknown): { name: string, type: string, class?: string, ttl?: number, data: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const record = value as Record<string, unknown>
  const type = typeof record['TYPEname'] === 'string' ? record['TYPEname'] : typeof record['TYPE'] === 'number' ? dnsTypeName(record['TYPE']) : undefined
  const data = Object.entries(record).find(([key, text]) => key.startsWith('rdata') && typeof text === 'string')?.[1] ?? record['RDATAHEX']
  if (type === undefined || typeof record['NAME'] !== 'string' || typeof data !== 'string') return undefined
  const { TTL: ttl, CLASSname: dnsClass } = record
  return { name: record['NAME'], type, ...(typeof dnsClass === 'string' ? { class: dnsClass } : {}), ...(typeof ttl === 'number' && Number.isInteger(ttl) && ttl >= 0 ? { ttl } : {}), data }
}

/** The event of one object, or undefined for one that is no answer. */
export function kdigDraft(object: KdigObject, line: number): Draft | undefined {
  if (typeof object.QNAME !== 'string' || object.QR === 0) return undefined
  const block = new Block(line, undefined)
  const dns = block.draft.dns!
  const type = typeof object.QTYPEname === 'string' ? object.QTYPEname : typeof object.QTYPE === 'number' ? dnsTypeName(object.QTYPE) : undefined
  const dnsClass = typeof object.QCLASSname === 'string' ? object.QCLASSname : typeof object.QCLASS === 'number' ? dnsClassName(object.QCLASS) : undefined
  dns.question = { name: object.QNAME, ...(type === undefined ? {} : { type }), ...(dnsClass === undefined ? {} : { class: dnsClass }) }
  if (typeof object.ID === 'number') dns.id = String(object.ID)
  if (typeof object.Opcode === 'number') dns.op_code = opcodeName(object.Opcode)
  if (typeof object.RCODE === 'number') dns.response_code = rcodeName(object.RCODE)
  const flags = FLAGS.filter(flag => object[flag] === 1)
  if (flags.length > 0) dns.header_flags = flags
  for (const value of Array.isArray(object.answerRRs) ? object.answerRRs : []) {
    const record = recordOf(value)
    if (record) block.answer(record)
  }
  const stamp = typeof object.dateSeconds === 'number' ? readEpoch(object.dateSeconds, 's') : undefined
  if (stamp) Object.assign(block.draft, { ts_ms: stamp.ms, ts_basis: 'end', ts_res_ms: 1000 })
  return block.finish(undefined)
}
