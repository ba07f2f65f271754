/**
 * What the certificate message of a frame tells of the server's own certificate. With `tls.handshake.certificate` the bytes are there and
 * nothing is guessed. Without, the x509 columns are flat lists over all certificates of the chain, issuer and subject mixed:
 * only what can be told to be the leaf's is taken.
 */
import { readChain, type CertificateFacts } from '../wire/certificate.js'
import { intern, nameCoveredBy } from '../../address.js'
import { asUtc } from '../clock.js'
import { readAsn1Utc, readIso, toRfc3339 } from '../time.js'
import type { Frame } from './fields.js'

function momentOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const stamp = readIso(text.replace(/ \(?UTC\)?$/, '')) ?? readAsn1Utc(text)
  const utc = stamp && asUtc(stamp)
  return utc && toRfc3339(utc.ms)
}

/** Times come in pairs, the leaf's first; years from 2050 stand in a list of their own and would leave a gap. */
function validityOf(frame: Frame): { not_before?: string, not_after?: string } {
  const times = frame.all('certTime')
  if (times.length < 2 || times.length % 2 === 1 || frame.all('certLongTime').length > 0) return {}
  const [before, after] = [momentOf(times[0]), momentOf(times[1])]
  return before !== undefined && after !== undefined && before < after ? { not_before: before, not_after: after } : {}
}

/** Of the texts in names, one that the alternative names cover is the leaf's common name: no CA is called like a host. */
function commonNameOf(texts: readonly string[], names: readonly string[]): string | undefined {
  return texts.find(text => names.some(name => name === text || nameCoveredBy(text, name)))
}

/** A lone certificate whose list of texts is the same twice over, host name included, has the same issuer and subject. */
function isSelfIssued(texts: readonly string[], common: string, certificates: number): boolean {
  const half = texts.length / 2
  return certificates === 1 && Number.isInteger(half) && texts.slice(0, half).includes(common) && texts.slice(0, half).every((text, at) => text === texts[half + at])
}

/** Facts of the leaf in a certificate message that the server sent; undefined where there are none. */
export function certificateOf(frame: Frame): CertificateFacts | undefined {
  const chain = frame.all('tlsCertificate')
  const read = chain.length > 0 ? readChain(chain, 'hex') : undefined
  if (read) return read
  const names = frame.all('certName')
  const texts = frame.all('certText').map(text => text.trim())
  const common = commonNameOf(texts, names)
  const certificates = frame.all('tlsCertificateLength').length || frame.all('certTime').length / 2
  const serial = frame.first('certSerial').replace(/^0x/, '').replaceAll(':', '').toUpperCase()
  const facts: CertificateFacts = {
    ...(common === undefined ? {} : { subject: `CN=${common}`, ...(isSelfIssued(texts, common, certificates) ? { issuer: `CN=${common}` } : {}) }),
    ...validityOf(frame),
    ...(names.length > 0 || serial !== '' ? { x509: { ...(names.length > 0 ? { alternative_names: [...new Set(names)].map(intern) } : {}), ...(serial === '' ? {} : { serial_number: serial }) } } : {}),
  }
  return Object.keys(facts).length > 0 ? facts : undefined
}
