/** A Zeek dns.log of the same packets, by transaction id and question. */
import { pick } from '../fields.mjs'

const NAMES = { query: ['dns.question.name', 'word'], qtype_name: ['dns.question.type', 'rrtype'], rcode_name: ['dns.response_code', 'text'], 'id.orig_h': ['client.ip', 'ip'], 'id.orig_p': ['client.port', 'count'], 'id.resp_h': ['server.ip', 'ip'], 'id.resp_p': ['server.port', 'count'] }

export default {
  id: 'zeek',
  fits: data => typeof data === 'string' && data.includes('#fields\t') && data.includes('trans_id'),
  read(data, { events }) {
    const lines = data.split('\n')
    const names = lines.find(line => line.startsWith('#fields\t')).split('\t').slice(1)
    return lines.filter(line => line !== '' && !line.startsWith('#')).map(line => {
      const row = Object.fromEntries(line.split('\t').map((value, index) => [names[index], value]))
      return { event: events.find(event => event.dns?.id === row.trans_id && (row.query === '-' || event.dns.question?.name?.toLowerCase() === row.query.toLowerCase())), wants: pick(row, NAMES) }
    })
  },
}
