/** Envoy's command operators and the names that values go by in this parser; JSON keys people give them. */

/** Keys of JSON lines, by our name; the first is what Istio and the manual's examples use. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  start_time: ['START_TIME', 'startTime', 'timestamp', '@timestamp', 'time', 'ts'],
  method: ['METHOD', 'request_method', ':method', 'http_method', 'requestMethod'],
  path: ['x-envoy-origin-path', 'x-envoy-original-path', 'original_path', 'PATH', 'request_path', 'path_with_query', ':path', 'x_envoy_original_path', 'uri'],
  protocol: ['PROTOCOL', 'http_protocol'],
  response_code: ['RESPONSE_CODE', 'responseCode', 'status_code', 'code', 'status'],
  response_flags: ['RESPONSE_FLAGS', 'responseFlags', 'flags'],
  details: ['response_code_details', 'RESPONSE_CODE_DETAILS', 'responseCodeDetails'],
  termination: ['connection_termination_details', 'CONNECTION_TERMINATION_DETAILS'],
  failure: ['upstream_transport_failure_reason', 'UPSTREAM_TRANSPORT_FAILURE_REASON', 'upstreamTransportFailureReason'],
  downstream_failure: ['downstream_transport_failure_reason', 'DOWNSTREAM_TRANSPORT_FAILURE_REASON'],
  bytes_received: ['BYTES_RECEIVED', 'bytesReceived'],
  bytes_sent: ['BYTES_SENT', 'bytesSent'],
  duration: ['DURATION', 'duration_ms', 'request_duration_ms'],
  response_duration: ['RESPONSE_DURATION'],
  service_time: ['upstream_service_time', 'x-envoy-upstream-service-time', 'x_envoy_upstream_service_time', 'X-ENVOY-UPSTREAM-SERVICE-TIME', 'upstreamServiceTime'],
  xff: ['x_forwarded_for', 'x-forwarded-for', 'X-FORWARDED-FOR', 'xForwardedFor', 'forwarded_for'],
  user_agent: ['user-agent', 'USER-AGENT', 'userAgent'],
  referer: ['referrer'],
  request_id: ['x-request-id', 'x_request_id', 'X-REQUEST-ID', 'requestId'],
  authority: [':authority', 'AUTHORITY', 'host', 'requested_host'],
  scheme: [':scheme', 'x-forwarded-proto', 'x_forwarded_proto'],
  upstream_host: ['UPSTREAM_HOST', 'upstreamHost', 'upstream_address'],
  upstream_remote: ['upstream_remote_address', 'UPSTREAM_REMOTE_ADDRESS'],
  upstream_name: ['upstream_host_name', 'UPSTREAM_HOST_NAME'],
  upstream_cluster: ['UPSTREAM_CLUSTER', 'upstream_cluster_raw', 'upstreamCluster'],
  downstream_local: ['downstream_local_address', 'DOWNSTREAM_LOCAL_ADDRESS', 'downstreamLocalAddress'],
  downstream_remote: ['downstream_remote_address', 'DOWNSTREAM_REMOTE_ADDRESS', 'downstreamRemoteAddress', 'downstream_remote_address_without_port'],
  downstream_remote_port: ['DOWNSTREAM_REMOTE_PORT'],
  downstream_direct: ['downstream_direct_remote_address', 'DOWNSTREAM_DIRECT_REMOTE_ADDRESS'],
  sni: ['requested_server_name', 'REQUESTED_SERVER_NAME', 'requestedServerName'],
  tls_version: ['downstream_tls_version', 'DOWNSTREAM_TLS_VERSION'],
  tls_cipher: ['downstream_tls_cipher', 'DOWNSTREAM_TLS_CIPHER'],
  upstream_tls_version: ['UPSTREAM_TLS_VERSION'],
  connection_id: ['CONNECTION_ID'],
  trace_id: ['TRACE_ID', 'traceId', 'trace_id'],
}

/** Every name, for what reads values of any. */
export const NAMES: readonly string[] = Object.keys(KEYS)

const OPERATORS: Readonly<Record<string, string>> = {
  START_TIME: 'start_time', PROTOCOL: 'protocol', RESPONSE_CODE: 'response_code', RESPONSE_FLAGS: 'response_flags', RESPONSE_FLAGS_LONG: 'response_flags', RESPONSE_CODE_DETAILS: 'details',
  CONNECTION_TERMINATION_DETAILS: 'termination', UPSTREAM_TRANSPORT_FAILURE_REASON: 'failure', DOWNSTREAM_TRANSPORT_FAILURE_REASON: 'downstream_failure', BYTES_RECEIVED: 'bytes_received', BYTES_SENT: 'bytes_sent',
  DURATION: 'duration', RESPONSE_DURATION: 'response_duration', UPSTREAM_HOST: 'upstream_host', UPSTREAM_REMOTE_ADDRESS: 'upstream_remote', UPSTREAM_HOST_NAME: 'upstream_name', UPSTREAM_CLUSTER: 'upstream_cluster',
  UPSTREAM_CLUSTER_RAW: 'upstream_cluster', DOWNSTREAM_LOCAL_ADDRESS: 'downstream_local', DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: 'downstream_local', DOWNSTREAM_REMOTE_ADDRESS: 'downstream_remote',
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: 'downstream_remote', DOWNSTREAM_REMOTE_PORT: 'downstream_remote_port', DOWNSTREAM_DIRECT_REMOTE_ADDRESS: 'downstream_direct',
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: 'downstream_direct', REQUESTED_SERVER_NAME: 'sni', DOWNSTREAM_TLS_VERSION: 'tls_version', DOWNSTREAM_TLS_CIPHER: 'tls_cipher', UPSTREAM_TLS_VERSION: 'upstream_tls_version',
  CONNECTION_ID: 'connection_id', TRACE_ID: 'trace_id',
}

const HEADERS: Readonly<Record<string, string>> = {
  ':METHOD': 'method', ':PATH': 'path', PATH: 'path', 'X-ENVOY-ORIGINAL-PATH': 'path', ':AUTHORITY': 'authority', HOST: 'authority', ':SCHEME': 'scheme', 'X-FORWARDED-PROTO': 'scheme', 'X-FORWARDED-FOR': 'xff',
  'USER-AGENT': 'user_agent', REFERER: 'referer', 'X-REQUEST-ID': 'request_id',
}

/** The name of an operator's value; those we have no use for keep their own spelling. */
export function nameOf(operator: string, argument: string): string {
  if (operator === 'REQ' || operator === 'REQ_WITHOUT_QUERY') return HEADERS[argument.split('?')[0]!.toUpperCase()] ?? `REQ(${argument})`
  if (operator === 'RESP' && argument.toUpperCase().startsWith('X-ENVOY-UPSTREAM-SERVICE-TIME')) return 'service_time'
  return OPERATORS[operator] ?? (argument === '' ? operator : `${operator}(${argument})`)
}
