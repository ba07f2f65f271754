import { briefly, linesOf, ownError, phaseMs, remarkOf, type Step, type Visit } from '../step.js'
import type { Session } from '../../schema/session.js'

function certificateOf({ tls }: Session): string {
  const { server } = tls ?? {}
  if (!server) return ''
  const names = server.x509?.alternative_names
  const parts = [server.subject ?? names?.slice(0, 3).join(', '), server.issuer === undefined ? undefined : `issued by ${server.issuer}`, server.not_after === undefined ? undefined : `valid to ${server.not_after.slice(0, 10)}`].filter(part => part !== undefined)
  return parts.length === 0 ? '' : `, with the certificate ${parts.join(', ')}`
}

/** Did TLS hold, and with which certificate? */
export function tls(visit: Visit): Step {
  const { session } = visit
  const question = 'Did TLS hold?'
  const evidence = linesOf(session, ['tls.handshake'], member => `handshake in ${member.dataset}`)
  const remark = remarkOf(visit, ['certificate-invalid', 'tls-handshake-failure', 'sni-dns-mismatch', 'sni-host-mismatch', 'certificate-expiring'])
  const group = session.tls
  const error = ownError(session) ?? ''
  const also = remark.text
  if (group?.established === false || error.startsWith('tls_')) {
    const why = group?.alert === undefined ? session.error?.message ?? group?.validation ?? error : `alert ${group.alert}${group.alert_from === undefined ? '' : ` from the ${group.alert_from}`}`
    return { id: 'tls', question, answer: `No${why ? `: ${why}` : ''}${certificateOf(session)}${also}`, state: 'bad', evidence }
  }
  if (!group) {
    const plain = session.url?.scheme === 'http'
    return { id: 'tls', question, answer: plain ? 'Not asked for: plain HTTP' : `No TLS log covers this visit${also}`, state: plain ? 'ok' : 'unknown', evidence }
  }
  const took = phaseMs(session, 'tls')
  const version = group.version === undefined ? '' : ` (TLS ${group.version}${group.resumed ? ', resumed' : ''})`
  const sure = group.established === true || session.http?.response?.status_code !== undefined
  return { id: 'tls', question, answer: `${sure ? 'Yes' : 'It began; this log does not say how it ended'}${version}${took === undefined ? '' : ` in ${briefly(took)}`}${certificateOf(session)}${also}`, state: remark.isOwn && remark.finding!.severity_id > 2 ? 'bad' : sure ? 'ok' : 'unknown', evidence }
}
