/** Chronicle's Unified Data Model, `{ events: [{ event: { timestamp, idm } }] }`, in the order of the lines. */
import { pick } from '../fields.mjs'

const NAMES = {
  timestamp: ['time', 'time'], client: ['client.ip', 'ip'], port: ['client.port', 'count'], server: ['server.ip', 'ip'], serverPort: ['server.port', 'count'], method: ['http.request.method', 'text'], status: ['http.response.status_code', 'count'], agent: ['user_agent.original', 'text'],
  question: ['dns.question.name', 'word'], type: ['dns.question.type', 'rrtype'], id: ['dns.id', 'text'], sni: ['tls.client.server_name', 'word'], cipher: ['tls.cipher', 'cipher'], version: ['tls.version', 'tls'],
}

const isOurs = udm => /"(dns|http|tls)"/.test(JSON.stringify(udm.metadata?.productEventType ?? ''))

export default {
  id: 'udm',
  fits: data => Array.isArray(data?.events) && data.events.some(entry => entry?.event?.idm),
  read: data => data.events.map(({ event }, index) => {
    const udm = event.idm?.readOnlyUdm ?? {}
    const { network = {}, principal = {}, target = {} } = udm
    const [question] = network.dns?.questions ?? []
    const flat = {
      timestamp: event.timestamp, client: principal.ip?.[0], port: principal.port, server: target.ip?.[0], serverPort: target.port, method: network.http?.method, status: network.http?.responseCode, agent: network.http?.userAgent,
      question: question?.name, type: question?.type, id: network.dns?.id, sni: network.tls?.client?.serverName, cipher: network.tls?.cipher, version: network.tls?.version,
    }
    return { line: index + 1, wants: isOurs(udm) ? pick(flat, NAMES) : [] }
  }),
}
