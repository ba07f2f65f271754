// Pi-hole's log: the query log of the dnsmasq inside FTL, with Pi-hole's own reasons where it answered itself.
import { dnsmasqShare } from '../src/read/dns/dnsmasq-detect.js'
import { openDnsmasq } from '../src/read/dns/dnsmasq.js'
import { defineParser } from '../src/read/define.js'

export default defineParser({
  id: 'pihole',
  title: 'Pi-hole FTL query log (pihole.log)',
  reference: 'https://docs.pi-hole.net/ftldns/',
  dataset: 'pihole.query',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'As dnsmasq: whole seconds without a year or a zone, no TTL; why a name was blocked is in labels.policy. A log in which nothing was blocked reads as dnsmasq unless its path says pihole.',
  detect(head) {
    const { share, pihole } = dnsmasqShare(head)
    return pihole ? share : 0
  },
  open: openDnsmasq,
  samples: [
    {
      note: 'log-queries',
      lines: [
        'Jan  5 09:14:07 dnsmasq[412]: query[A] ads.example.net from 192.0.2.10',
        'Jan  5 09:14:07 dnsmasq[412]: gravity blocked ads.example.net is 0.0.0.0',
        'Jan  5 09:14:08 dnsmasq[412]: query[AAAA] cname.example from 192.0.2.10',
        'Jan  5 09:14:08 dnsmasq[412]: regex denied (CNAME) cname.example is NODATA-IPv6',
        'Jan  5 09:14:09 dnsmasq[412]: query[HTTPS] mask.example from 192.0.2.11',
        'Jan  5 09:14:09 dnsmasq[412]: special domain mask.example is NXDOMAIN',
        'Jan  5 09:14:10 dnsmasq[412]: query[A] www.example.com from 192.0.2.11',
        'Jan  5 09:14:10 dnsmasq[412]: cached-stale www.example.com is 203.0.113.80',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'ads.example.net',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'dns' }, labels: { policy: 'gravity blocked' },
          dns: { type: 'answer', question: { name: 'ads.example.net', type: 'A' }, response_code: 'NOERROR', answered_from: 'config', answers: [{ name: 'ads.example.net', type: 'A', data: '0.0.0.0' }], resolved_ip: ['0.0.0.0'] },
        },
        {
          type: 'dns.response', line: 3, ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'cname.example',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'dns' }, labels: { policy: 'regex denied (CNAME)' },
          dns: { type: 'answer', question: { name: 'cname.example', type: 'AAAA' }, response_code: 'NOERROR', answered_from: 'config' },
        },
        {
          type: 'dns.response', line: 5, ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', hostname: 'mask.example',
          client: { ip: '192.0.2.11' }, network: { type: 'ipv4', protocol: 'dns' }, labels: { policy: 'special domain' },
          dns: { type: 'answer', question: { name: 'mask.example', type: 'HTTPS' }, response_code: 'NXDOMAIN', answered_from: 'config' },
        },
        {
          type: 'dns.response', line: 7, ts_ms: 1767604450000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.11' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answered_from: 'cache', answers: [{ name: 'www.example.com', type: 'A', data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'] },
        },
      ],
      merged: 4,
    },
    {
      note: 'log-queries=proto',
      lines: [
        'Jan  5 09:14:07 dnsmasq[412]: TCP 7 192.0.2.10/50000 query[A] up.example from 192.0.2.10',
        'Jan  5 09:14:07 dnsmasq[412]: TCP 7 192.0.2.10/50000 forwarded up.example to 198.51.100.53',
        'Jan  5 09:14:07 dnsmasq[412]: TCP 7 validation result is SECURE',
        'Jan  5 09:14:07 dnsmasq[412]: TCP 7 192.0.2.10/50000 blocked upstream with known address (IPv4) up.example is 0.0.0.0',
      ],
      events: [{
        type: 'dns.response', line: 1, ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'up.example',
        client: { ip: '192.0.2.10', port: 50000 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' }, labels: { policy: 'blocked upstream with known address (IPv4)' },
        dns: { type: 'answer', question: { name: 'up.example', type: 'A' }, response_code: 'NOERROR', answered_from: 'config', upstream: '198.51.100.53', answers: [{ name: 'up.example', type: 'A', data: '0.0.0.0' }], resolved_ip: ['0.0.0.0'] },
      }],
      merged: 3,
    },
  ],
})
