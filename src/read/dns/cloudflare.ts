/** What Cloudflare's DNS datasets share. */
import type { Draft } from '../parser.js'
import type { Row } from '../table.js'
import { dnsTypeName, rcodeName } from '../vocabulary/dns.js'

/** A whole number, also where a job writes it as text. */
export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined
}

/** Puts numeric type and code as mnemonics. */
export function putNumbers(draft: Draft, type: unknown, rcode: unknown): void {
  const dns = (draft.dns ??= {})
  const question = (dns.question ??= {})
  const typeNumber = wholeNumber(type)
  if (question.type === undefined && typeNumber !== undefined && typeNumber <= 65535) question.type = dnsTypeName(typeNumber)
  const code = wholeNumber(rcode)
  if (code !== undefined && code < 4096) dns.response_code = rcodeName(code)
}

/** `EDNSSubnet` and its length as a prefix; none is an empty text and 0. */
export function putSubnet(draft: Draft, row: Row): void {
  const address = row.text('EDNSSubnet')
  const length = wholeNumber(row.get('EDNSSubnetLength'))
  if (address !== undefined && length !== undefined && length > 0) (draft.dns ??= {}).edns_subnet = `${address.split('/')[0]}/${length}`
}
