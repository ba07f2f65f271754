/**
 * Words of `error.type`: the proxy error types of RFC 9209 section 2.3, and the few that logs know and the RFC does not.
 * On an `http.request` of an edge they tell of the edge-to-origin leg, except `client_abort`.
 */
export const ERROR_TYPES = [
  'dns_timeout', 'dns_error', 'destination_not_found', 'destination_unavailable', 'destination_ip_prohibited', 'destination_ip_unroutable',
  'connection_refused', 'connection_terminated', 'connection_timeout', 'connection_read_timeout', 'connection_write_timeout', 'connection_limit_reached',
  'tls_protocol_error', 'tls_certificate_error', 'tls_alert_received',
  'http_request_error', 'http_request_denied', 'http_response_incomplete', 'http_response_timeout', 'http_upgrade_failed', 'http_protocol_error',
  'proxy_internal_error', 'proxy_internal_response', 'proxy_configuration_error', 'proxy_loop_detected',
  // own: the client gave up before the answer was complete
  'client_abort',
  // own, Go modules and probes
  'module_not_found', 'unknown_revision', 'path_mismatch', 'missing_go_sum', 'checksum_mismatch', 'checksum_database_error', 'authentication_required', 'vcs_error', 'timeout', 'interrupted',
] as const

/** A word of `error.type`. */
export type ErrorType = typeof ERROR_TYPES[number]
