/** Every built-in detector, one line each; `logjoin/detectors`. */
import certificateInvalid from './certificate-invalid.js'
import dnsHijack from './dns-hijack.js'
import originErrors from './origin-errors.js'
import originTimeout from './origin-timeout.js'
import originTlsFailure from './origin-tls-failure.js'
import originUnreachable from './origin-unreachable.js'
import sniDnsMismatch from './sni-dns-mismatch.js'
import type { Detector } from './detector.js'

/** The built-in detectors. */
export const detectors: readonly Detector[] = [
  certificateInvalid,
  dnsHijack,
  originErrors,
  originTimeout,
  originTlsFailure,
  originUnreachable,
  sniDnsMismatch,
]
