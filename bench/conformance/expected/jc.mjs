/** What jc makes of `dig` and of `curl -ILvs`: lists of results in the order they stand. */
import { pick } from '../fields.mjs'

const DIG = {
  id: ['dns.id', 'text'], opcode: ['dns.op_code', 'text'], status: ['dns.response_code', 'text'], flags: ['dns.header_flags', 'flags'], name: ['dns.question.name', 'word'], type: ['dns.question.type', 'rrtype'], class: ['dns.question.class', 'text'],
  answers: ['dns.answers', 'answers'], query_time: ['duration_ms', 'ms'], server: ['server.ip', 'ip'], server_port: ['server.port', 'count'], when_epoch_utc: ['time', 'time'],
}

const rows = answer => answer.map(({ name, type, ttl, data }) => [name, type, ttl, data])

function digRecord(result) {
  const [address, port] = (result.server ?? '').split('(')[0].split('#')
  const answers = result.answer ?? result.axfr
  return { ...result, ...result.question, server: address, server_port: port, answers: answers === undefined ? undefined : rows(answers) }
}

const EXCHANGE = { method: ['http.request.method', 'text'], uri: ['url.target', 'target'], host: ['url.domain', 'host'], agent: ['user_agent.original', 'text'], version: ['http.version', 'version'], status: ['http.response.status_code', 'count'], location: ['http.response.headers.location', 'text'] }

/** Requests and their responses, paired as they follow. */
function exchanges(parts) {
  const out = []
  for (const part of parts) {
    if (part._type === 'request') out.push({ method: part._request_method, uri: part._request_uri, host: part.host, agent: part['user-agent'] })
    else Object.assign(out.at(-1) ?? {}, { version: part._response_version, status: part._response_status, location: part.location })
  }
  return out
}

export default {
  id: 'jc',
  fits: data => Array.isArray(data) && data.length > 0 && data.every(entry => entry?._type === 'request' || entry?._type === 'response' || entry?.answer !== undefined || entry?.axfr !== undefined || entry?.question !== undefined),
  read: data => data[0]._type === undefined
    ? data.map((result, order) => ({ order, wants: pick(digRecord(result), DIG) }))
    : exchanges(data).map((exchange, order) => ({ order, wants: pick(exchange, EXCHANGE) })),
}
