import { briefly, linesOf, ownError, phaseMs, type Step, type Visit } from '../step.js'

const FAILED: Readonly<Record<string, string>> = {
  connection_refused: 'the connection was refused', connection_timeout: 'no connection came about in time', destination_ip_unroutable: 'there is no route', destination_unavailable: 'it could not be reached', destination_ip_prohibited: 'it is not allowed',
}

/** Did the port answer? */
export function connect({ session }: Visit): Step {
  const question = 'Did the port answer?'
  const { server, tls } = session
  const address = server?.ip === undefined ? 'the server' : `${server.ip}${server.port === undefined ? '' : ` port ${server.port}`}`
  const evidence = linesOf(session, ['net.connect', 'tls.handshake'], member => `connection in ${member.dataset}`)
  const failed = FAILED[ownError(session) ?? '']
  if (failed !== undefined && tls?.established !== false) return { id: 'connect', question, answer: `No: ${failed}${session.error?.message === undefined ? '' : ` (${session.error.message})`}`, state: 'bad', evidence: linesOf(session, ['go.module', 'http.request', 'net.connect'], member => `the error, in ${member.dataset}`) }
  const took = phaseMs(session, 'connect')
  if (took !== undefined) return { id: 'connect', question, answer: `Yes, ${address} in ${briefly(took)}`, state: 'ok', evidence }
  if (tls) return { id: 'connect', question, answer: `Yes, ${address}: a TLS handshake began there`, state: 'ok', evidence }
  if (session.claim === 'http.request' || session.http?.response?.status_code !== undefined) return { id: 'connect', question, answer: `Yes, ${address}: a request came through`, state: 'ok', evidence: linesOf(session, ['http.request', 'go.module'], member => `request in ${member.dataset}`).slice(0, 1) }
  return { id: 'connect', question, answer: 'No log tells', state: 'unknown', evidence }
}
