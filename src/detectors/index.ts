/** Every built-in detector, one line each; `logjoin/detectors`. */
import cacheMissStorm from './cache-miss-storm.js'
import certificateExpiring from './certificate-expiring.js'
import certificateInvalid from './certificate-invalid.js'
import clockSkew from './clock-skew.js'
import dnsFailure from './dns-failure.js'
import dnsHijack from './dns-hijack.js'
import moduleFetchFailure from './module-fetch-failure.js'
import moduleFetchStall from './module-fetch-stall.js'
import originErrors from './origin-errors.js'
import originTimeout from './origin-timeout.js'
import originTlsFailure from './origin-tls-failure.js'
import originUnreachable from './origin-unreachable.js'
import proxyFallback from './proxy-fallback.js'
import slowDns from './slow-dns.js'
import sniDnsMismatch from './sni-dns-mismatch.js'
import sniHostMismatch from './sni-host-mismatch.js'
import tlsHandshakeFailure from './tls-handshake-failure.js'
import type { Detector } from './detector.js'

/** The built-in detectors. */
export const detectors: readonly Detector[] = [
  cacheMissStorm,
  certificateExpiring,
  certificateInvalid,
  clockSkew,
  dnsFailure,
  dnsHijack,
  moduleFetchFailure,
  moduleFetchStall,
  originErrors,
  originTimeout,
  originTlsFailure,
  originUnreachable,
  proxyFallback,
  slowDns,
  sniDnsMismatch,
  sniHostMismatch,
  tlsHandshakeFailure,
]
