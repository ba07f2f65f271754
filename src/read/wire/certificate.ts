/** What a certificate says of itself, from its own bytes as captures and EVE logs carry them. */
import { createHash, X509Certificate } from 'node:crypto'
import type { Draft } from '../parser.js'
import { readUnixDate, toRfc3339 } from '../time.js'

/** Facts of `tls.server` that a certificate alone gives. */
export type CertificateFacts = NonNullable<NonNullable<Draft['tls']>['server']>

const MAX_BYTES = 65_536
const MAX_CACHED = 256
const cache = new Map<string, CertificateFacts>()

/** Distinguished names come a part a line, most general first and already escaped; logs write them the other way round, with commas. */
function nameText(lines: string): string {
  return lines.split('\n').filter(line => line !== '').reverse().join(',')
}

function namesOf(text: string | undefined): string[] {
  // `DNS:a.example, IP Address:192.0.2.1`; a value with special characters is a JSON text
  return (text?.split(', ') ?? []).flatMap(item => {
    const colon = item.indexOf(':')
    const kind = item.slice(0, colon)
    const value = item.slice(colon + 1)
    return (kind === 'DNS' || kind === 'IP Address') && value !== '' && !value.startsWith('"') ? [value] : []
  })
}

function momentOf(text: string): string | undefined {
  const stamp = readUnixDate(text)
  return stamp !== undefined && 'ms' in stamp ? toRfc3339(stamp.ms) : undefined
}

function read(bytes: Buffer): CertificateFacts | undefined {
  try {
    const certificate = new X509Certificate(bytes)
    const notBefore = momentOf(certificate.validFrom)
    const notAfter = momentOf(certificate.validTo)
    const names = namesOf(certificate.subjectAltName)
    return {
      ...(certificate.subject ? { subject: nameText(certificate.subject) } : {}),
      ...(certificate.issuer ? { issuer: nameText(certificate.issuer) } : {}),
      ...(notBefore === undefined ? {} : { not_before: notBefore }),
      ...(notAfter === undefined ? {} : { not_after: notAfter }),
      hash: { sha1: createHash('sha1').update(bytes).digest('hex'), sha256: createHash('sha256').update(bytes).digest('hex') },
      x509: { ...(names.length > 0 ? { alternative_names: names } : {}), serial_number: certificate.serialNumber },
    }
  } catch {
    return undefined // cut short by the capture, or no certificate
  }
}

/**
 * Facts of a chain, leaf first, as hex (with or without colons) or base64 of the DER.
 * @returns the leaf's facts and the SHA-256 of each certificate; undefined where the leaf cannot be read.
 */
export function readChain(chain: readonly string[], encoding: 'hex' | 'base64'): CertificateFacts | undefined {
  const [leaf] = chain
  if (leaf === undefined || leaf.length > MAX_BYTES * 3) return undefined
  const bytesOf = (text: string): Buffer => encoding === 'hex' ? Buffer.from(text.replaceAll(':', ''), 'hex') : Buffer.from(text, 'base64')
  let facts = cache.get(leaf)
  if (facts === undefined) {
    facts = read(bytesOf(leaf))
    if (facts === undefined) return undefined
    if (cache.size >= MAX_CACHED) cache.clear()
    cache.set(leaf, facts)
  }
  const prints = chain.slice(1, 16).filter(text => text.length <= MAX_BYTES * 3).map(text => createHash('sha256').update(bytesOf(text)).digest('hex'))
  return { ...facts, hash: { ...facts.hash }, x509: { ...facts.x509 }, certificate_chain: [facts.hash!.sha256!, ...prints] }
}
