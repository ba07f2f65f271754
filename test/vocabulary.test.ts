import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dnsClassName, dnsTypeName, dnsTypeNumber, headerFlags, opcodeName, printableName, rcodeName } from '../src/read/vocabulary/dns.js'
import { alertName, alertToken, certificateVerdict, cipherName, ianaCipherName } from '../src/read/vocabulary/tls.js'

test('DNS numbers have their IANA mnemonics, and unknown ones a generic one', () => {
  assert.deepEqual([1, 5, 28, 41, 65, 255, 257, 65280].map(dnsTypeName), ['A', 'CNAME', 'AAAA', 'OPT', 'HTTPS', 'ANY', 'CAA', 'TYPE65280'])
  assert.deepEqual(['a', 'HTTPS', 'type65', '*', 'ANY', 'TYPE70000', 'NB?'].map(dnsTypeNumber), [1, 65, 65, 255, 255, undefined, undefined])
  assert.deepEqual([0, 2, 3, 5, 16, 12].map(rcodeName), ['NOERROR', 'SERVFAIL', 'NXDOMAIN', 'REFUSED', 'BADVERS', 'RCODE12'])
  assert.deepEqual([1, 255, 65535].map(dnsClassName), ['IN', 'ANY', 'CLASS65535'])
  assert.deepEqual([0, 5, 3].map(opcodeName), ['QUERY', 'UPDATE', 'OPCODE3'])
  assert.deepEqual([0x8180, 0x8583, 0x0120, 0].map(headerFlags), [['RD', 'RA'], ['AA', 'RD', 'RA'], ['RD', 'AD'], []])
  assert.deepEqual(['www.example.com', 'a b.example', 'a:b.example'].map(printableName), ['www.example.com', 'a\\032b.example', 'a\\058b.example'])
})

test('alerts are named as IANA names them, however a tool spells them', () => {
  assert.equal(alertName(48), 'unknown_ca')
  assert.equal(alertName(200), undefined)
  const spellings: Readonly<Record<string, string | undefined>> = {
    handshake_failure: 'handshake_failure', 'Handshake Failure': 'handshake_failure', HandshakeFailure: 'handshake_failure', UnknownCA: 'unknown_ca', '48': 'unknown_ca',
    'sslv3 alert handshake failure': 'handshake_failure', 'sslv3 alert bad certificate': 'bad_certificate', 'sslv3 alert certificate unknown': 'certificate_unknown',
    'tlsv1 alert unknown ca': 'unknown_ca', 'tlsv1 alert protocol version': 'protocol_version', 'tlsv1 unrecognized name': 'unrecognized_name', 'ssl/tls alert bad certificate': 'bad_certificate',
    'tlsv1 alert user cancelled': 'user_canceled', 'tlsv13 alert certificate required': 'certificate_required', 'tlsv1 alert no application protocol': 'no_application_protocol',
    'remote error: tls: expired certificate': 'certificate_expired', 'remote error: tls: unknown certificate authority': 'unknown_ca', 'tls: protocol version not supported': 'protocol_version',
    'revoked certificate': 'certificate_revoked', 'unknown certificate': 'certificate_unknown', 'insufficient security level': 'insufficient_security', 'CA is unknown': 'unknown_ca',
    'error:0A000415:SSL routines::sslv3 alert certificate expired': 'certificate_expired', 'error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca': 'unknown_ca',
    'error:0A00045C:SSL routines::anything': 'certificate_required', 'tls_read: SSL alert number 40': 'handshake_failure', 'Encrypted Alert': undefined, '99': undefined, '': undefined,
  }
  for (const [text, name] of Object.entries(spellings)) assert.equal(alertToken(text), name, text)
})

test('cipher suites have their IANA name, from the number and from the OpenSSL name', () => {
  assert.deepEqual([0x1301, '0x1301', '4865', '0xC030', 49200, 0x0a0a, '0x1a1a', 'AES128', '0x'].map(cipherName),
    ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', undefined, undefined, undefined, undefined])
  const names: Readonly<Record<string, string>> = {
    'ECDHE-RSA-AES256-GCM-SHA384': 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'AES128-SHA': 'TLS_RSA_WITH_AES_128_CBC_SHA', 'DES-CBC3-SHA': 'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
    'EDH-RSA-DES-CBC3-SHA': 'TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA', 'ECDHE-ECDSA-CHACHA20-POLY1305': 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'AEAD-AES128-GCM-SHA256': 'TLS_AES_128_GCM_SHA256',
    TLS_AES_256_GCM_SHA384: 'TLS_AES_256_GCM_SHA384', SSL_RSA_WITH_RC4_128_SHA: 'TLS_RSA_WITH_RC4_128_SHA', TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'no such suite': 'no such suite',
  }
  for (const [given, iana] of Object.entries(names)) assert.equal(ianaCipherName(given), iana)
})

test('a certificate check has one verdict in every tool’s words', () => {
  const texts: Readonly<Record<string, string | undefined>> = {
    'certificate has expired': 'expired', '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)': 'expired', CERT_HAS_EXPIRED: 'expired', '10': 'expired',
    'x509: certificate has expired or is not yet valid: current time 2026-11-22T07:00:00Z is after 2026-01-01T00:00:00Z': 'expired', certificate_expired: 'expired',
    'x509: certificate has expired or is not yet valid: current time 2026-11-22T07:00:00Z is before 2027-01-01T00:00:00Z': 'not_yet_valid', 'certificate is not yet valid': 'not_yet_valid', CERT_NOT_YET_VALID: 'not_yet_valid',
    'x509: certificate has expired or is not yet valid': undefined, 'self-signed certificate': 'self_signed', 'self signed certificate': 'self_signed', DEPTH_ZERO_SELF_SIGNED_CERT: 'self_signed',
    'self-signed certificate in certificate chain': 'unknown_ca', SELF_SIGNED_CERT_IN_CHAIN: 'unknown_ca', 'unable to get local issuer certificate': 'unknown_ca', UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown_ca',
    'x509: certificate signed by unknown authority': 'unknown_ca', unknown_ca: 'unknown_ca', "Hostname mismatch, certificate is not valid for 'mismatch.example.com'.": 'hostname_mismatch',
    ERR_TLS_CERT_ALTNAME_INVALID: 'hostname_mismatch', 'x509: certificate is valid for a.example, not b.example': 'hostname_mismatch', 'no alternative certificate subject name matches target host name': 'hostname_mismatch',
    'certificate revoked': 'revoked', CERT_REVOKED: 'revoked', ok: undefined, '0': undefined, '': undefined,
  }
  for (const [text, verdict] of Object.entries(texts)) assert.equal(certificateVerdict(text), verdict, text)
})
