/** TLS vocabularies: alerts, cipher suites and the outcome of a certificate check, from the many ways tools spell them to one. */
import { CIPHER_SUITES } from './ciphers.js'

// IANA "TLS Alerts", retired ones included, since old captures hold them
const ALERTS = `0 close_notify 10 unexpected_message 20 bad_record_mac 21 decryption_failed 22 record_overflow 30 decompression_failure
40 handshake_failure 41 no_certificate 42 bad_certificate 43 unsupported_certificate 44 certificate_revoked 45 certificate_expired
46 certificate_unknown 47 illegal_parameter 48 unknown_ca 49 access_denied 50 decode_error 51 decrypt_error 52 too_many_cids_requested
60 export_restriction 70 protocol_version 71 insufficient_security 80 internal_error 86 inappropriate_fallback 90 user_canceled
100 no_renegotiation 109 missing_extension 110 unsupported_extension 111 certificate_unobtainable 112 unrecognized_name
113 bad_certificate_status_response 114 bad_certificate_hash_value 115 unknown_psk_identity 116 certificate_required 117 general_error
120 no_application_protocol 121 ech_required`.split(/\s+/)

const ALERT_NAMES = new Map<number, string>()
for (let i = 0; i < ALERTS.length; i += 2) ALERT_NAMES.set(Number(ALERTS[i]), ALERTS[i + 1]!)

// spellings that differ by more than case and separators: Go, GnuTLS, OpenSSL, Wireshark
const ALERT_ALIASES: Readonly<Record<string, string>> = {
  revoked_certificate: 'certificate_revoked', expired_certificate: 'certificate_expired', unknown_certificate: 'certificate_unknown',
  unknown_certificate_authority: 'unknown_ca', protocol_version_not_supported: 'protocol_version', insufficient_security_level: 'insufficient_security',
  user_cancelled: 'user_canceled', error_decoding_message: 'decode_error', error_decrypting_message: 'decrypt_error', export_restricted: 'export_restriction',
  bad_record_mac_alert: 'bad_record_mac', decompression_failed: 'decompression_failure', handshake_failed: 'handshake_failure',
  certificate_is_bad: 'bad_certificate', certificate_is_not_supported: 'unsupported_certificate', certificate_was_revoked: 'certificate_revoked',
  certificate_is_expired: 'certificate_expired', ca_is_unknown: 'unknown_ca', access_was_denied: 'access_denied', error_in_protocol_version: 'protocol_version',
  the_server_name_sent_was_not_recognized: 'unrecognized_name', an_unsupported_extension_was_sent: 'unsupported_extension',
  no_supported_application_protocol_could_be_negotiated: 'no_application_protocol', certificate_is_required: 'certificate_required',
  unrecognised_name: 'unrecognized_name', bad_certificate_hash_value_alert: 'bad_certificate_hash_value', encrypted_client_hello_required: 'ech_required',
}
const KNOWN_ALERTS: ReadonlyMap<string, string> = new Map([...[...ALERT_NAMES.values()].map((name): [string, string] => [name, name]), ...Object.entries(ALERT_ALIASES)])

/** The IANA name of an alert, lower case with underscores (48 → `unknown_ca`); undefined for an unassigned number. */
export function alertName(number: number): string | undefined {
  return ALERT_NAMES.get(number)
}

/** OpenSSL's packed error ends in the reason; reasons 1000 to 1255 are "alert received". */
function alertOfPackedError(text: string): string | undefined {
  const packed = /\berror:[0-9a-fA-F]{5}([0-9a-fA-F]{3}):/.exec(text)
  const reason = packed ? Number.parseInt(packed[1]!, 16) : 0
  return reason >= 1000 ? ALERT_NAMES.get(reason - 1000) : undefined
}

/**
 * An alert in a tool's words to its IANA name: a number, `handshake_failure`, `Handshake Failure`, `HandshakeFailure`,
 * `sslv3 alert handshake failure`, `remote error: tls: expired certificate`, `error:0A000418:SSL routines::tlsv1 alert unknown ca`,
 * `... SSL alert number 48`. Undefined where the words name no alert.
 */
export function alertToken(text: string): string | undefined {
  const numbered = /(?:^|alert number )(\d{1,3})$/.exec(text.trim())
  if (numbered) return ALERT_NAMES.get(Number(numbered[1]))
  const packed = alertOfPackedError(text)
  if (packed !== undefined) return packed
  const snake = text.slice(text.lastIndexOf(':') + 1).trim().replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '')
  return KNOWN_ALERTS.get(snake) ?? KNOWN_ALERTS.get(snake.replace(/^(?:(?:ssl_tls|sslv?\d|tlsv?\d{0,2}|dtlsv?\d{0,2})_)?(?:alert_)?/, ''))
}

const BY_CODE = new Map<number, string>()
const BY_OPENSSL = new Map<string, string>()
for (const line of CIPHER_SUITES.trim().split('\n')) {
  const [code, iana, openssl] = line.split(' ')
  BY_CODE.set(Number.parseInt(code!, 16), iana!)
  if (openssl !== undefined) BY_OPENSSL.set(openssl, iana!)
}
// LibreSSL and some CDNs name the TLS 1.3 suites so
BY_OPENSSL.set('AEAD-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256')
BY_OPENSSL.set('AEAD-AES256-GCM-SHA384', 'TLS_AES_256_GCM_SHA384')
BY_OPENSSL.set('AEAD-CHACHA20-POLY1305-SHA256', 'TLS_CHACHA20_POLY1305_SHA256')

/** The IANA name of a cipher suite by its number: 4865, `'4865'`, `'0x1301'` → `TLS_AES_128_GCM_SHA256`; undefined for one not listed. */
export function cipherName(code: number | string): string | undefined {
  if (typeof code === 'number') return BY_CODE.get(code)
  return /^(?:0x[0-9a-fA-F]{1,4}|\d{1,5})$/.test(code) ? BY_CODE.get(Number(code)) : undefined
}

/**
 * The IANA name of a suite in OpenSSL's spelling (`ECDHE-RSA-AES256-GCM-SHA384`; `EDH-` is its old word for `DHE-`). Java's `SSL_` names and
 * Go's short ChaCha names are completed. Anything else comes back as it is: TLS 1.3 names are the same everywhere, and an unknown one stays verbatim.
 */
export function ianaCipherName(name: string): string {
  if (name.startsWith('TLS_')) return name.endsWith('_CHACHA20_POLY1305') ? `${name}_SHA256` : name
  if (name.startsWith('SSL_')) return `TLS_${name.slice(4)}`
  return BY_OPENSSL.get(name) ?? BY_OPENSSL.get(name.replace('EDH-', 'DHE-')) ?? name
}

/** Why a certificate was not accepted, one word for the many texts. */
export type CertificateVerdict = 'expired' | 'not_yet_valid' | 'self_signed' | 'unknown_ca' | 'hostname_mismatch' | 'revoked'

const VERIFY_CODES: Readonly<Record<string, CertificateVerdict>> = {
  2: 'unknown_ca', 9: 'not_yet_valid', 10: 'expired', 18: 'self_signed', 19: 'unknown_ca', 20: 'unknown_ca', 21: 'unknown_ca', 23: 'revoked', 27: 'unknown_ca', 62: 'hostname_mismatch', 64: 'hostname_mismatch',
}

// in order: the first that fits; texts are compared in lower case with `_` and `-` as spaces
const VERDICTS: readonly (readonly [CertificateVerdict, readonly string[]])[] = [
  ['hostname_mismatch', ['hostname mismatch', 'ip address mismatch', 'certificate is not valid for', 'altname invalid', 'no alternative certificate subject name matches', "not in the cert's altnames",
    'does not match target host name', "doesn't contain any ip sans", 'relies on legacy common name', 'common name invalid', 'certificate is valid for']],
  ['revoked', ['certificate revoked', 'revoked certificate', 'certificate was revoked', 'cert revoked', 'certificate has been revoked']],
  ['unknown_ca', ['self signed certificate in certificate chain', 'self signed cert in chain', 'unknown authority', 'unknown certificate authority', 'unknown ca', 'unable to get local issuer', 'unable to get issuer',
    'unable to verify the first certificate', 'unable to verify leaf signature', 'certificate not trusted', 'authority invalid', 'unknown issuer', 'unknownissuer', 'unable to find valid certification path']],
  ['self_signed', ['self signed cert', 'depth zero self signed']],
  ['not_yet_valid', ['not yet valid']],
  ['expired', ['certificate has expired', 'certificate expired', 'cert has expired', 'expired certificate', 'certificate is expired', 'cert date invalid']],
]

/**
 * What a certificate check found wrong, from the text of OpenSSL (with or without its number), Python, Node, Go, curl, GnuTLS or an alert's name;
 * a bare number is OpenSSL's verify result. `self_signed` is the leaf itself; a self-signed root in the chain is `unknown_ca`.
 * Undefined for `ok` and for words that tell no cause (Go says "expired or is not yet valid" and only the times after it decide).
 */
export function certificateVerdict(text: string): CertificateVerdict | undefined {
  const plain = text.trim().toLowerCase().replace(/[_-]/g, ' ')
  if (/^\d{1,3}$/.test(plain)) return VERIFY_CODES[plain]
  if (plain.includes('expired or is not yet valid')) return plain.includes(' is after ') ? 'expired' : plain.includes(' is before ') ? 'not_yet_valid' : undefined
  for (const [verdict, phrases] of VERDICTS) if (phrases.some(phrase => plain.includes(phrase))) return verdict
  return undefined
}
