/** Cases of sni-dns-mismatch. */
import { caseEvents, repeat } from '../detectors/case-events.js'
import type { Case } from '../detectors/detector.js'
import { handshake, lookUp, request, visit } from './case-parts.js'

const [SHOP_IP, BLOG_IP] = ['203.0.113.10', '203.0.113.20']
const SHOP = ['shop.example.com', 'static.example.com']

/** Ordinary visits: the shop at one address, the blog at another. */
const healthy = repeat(6, i => [
  ...visit({ at: i * 2000, client: `192.0.2.${20 + i}`, port: 40_000 + i, name: 'shop.example.com', ip: SHOP_IP, names: SHOP }),
  ...visit({ at: i * 2000 + 700, client: `192.0.2.${20 + i}`, port: 41_000 + i, name: 'blog.example.net', ip: BLOG_IP, names: ['blog.example.net'] }),
])

export const mismatchCases: readonly Case[] = [
  {
    name: 'a client sends the name of the blog to the address of the shop, and the shop\'s edge answers 404 by itself',
    fires: true,
    events: caseEvents([...healthy, ...repeat(6, i => [
      lookUp({ at: 900 + i * 2000, name: 'shop.example.com', ips: [SHOP_IP] }),
      handshake({ at: 910 + i * 2000, port: 50_000 + i, name: 'blog.example.net', ip: SHOP_IP, names: SHOP }),
      request({ at: 920 + i * 2000, port: 50_000 + i, host: 'blog.example.net', status: 404 }),
    ])]),
    expects: { severity: 'medium', cause: 'name-lives-elsewhere', count: 6, findings: 1, hostnames: ['blog.example.net'] },
  },
  {
    name: 'a name that nobody ever looked up goes to the address of the shop, under TLS 1.3, and is turned away',
    fires: true,
    events: caseEvents([...healthy, ...repeat(4, i => [
      handshake({ at: 950 + i * 3000, port: 50_100 + i, name: 'relay.example.org', ip: SHOP_IP, tls: { version: '1.3' } }),
      request({ at: 960 + i * 3000, port: 50_100 + i, host: 'relay.example.org', status: 421 }),
    ])]),
    expects: { severity: 'low', cause: 'name-unknown-to-dns', count: 4, findings: 1, hostnames: ['relay.example.org'] },
  },
  {
    name: 'the server of the shop refuses handshakes for a foreign name',
    fires: true,
    events: caseEvents([...healthy, ...repeat(5, i => [
      handshake({ at: 950 + i * 2500, port: 50_150 + i, name: 'relay.example.org', ip: SHOP_IP, tls: { established: false, alert: 'unrecognized_name', alert_from: 'server' } }),
    ])]),
    expects: { severity: 'low', count: 5 },
  },
  {
    name: 'a name resolved before the logs begin: no look-up is seen, but the server serves it',
    fires: false,
    events: caseEvents([...healthy, ...repeat(5, i => [
      handshake({ at: 950 + i * 2000, port: 50_200 + i, name: 'bank.example.org', ip: SHOP_IP }),
      request({ at: 960 + i * 2000, port: 50_200 + i, host: 'bank.example.org', origin: '198.51.100.80' }),
    ])]),
  },
  {
    name: 'a pinned name without requests in the log: the certificate shown covers it',
    fires: false,
    events: caseEvents([...healthy, ...repeat(5, i => [
      handshake({ at: 950 + i * 2000, port: 50_300 + i, name: 'pinned.example.org', ip: SHOP_IP, names: ['*.example.org'] }),
    ])]),
  },
  {
    name: 'the shared address is in the answers for the alias that the name goes by',
    fires: false,
    events: caseEvents([...healthy, ...repeat(4, i => [
      lookUp({ at: 900 + i * 2000, name: 'www.example.org', alias: 'edge.cdn.example', ips: [SHOP_IP] }),
      handshake({ at: 950 + i * 2000, port: 50_400 + i, name: 'edge.cdn.example', ip: SHOP_IP, tls: { version: '1.3' } }),
      request({ at: 960 + i * 2000, port: 50_400 + i, host: 'edge.cdn.example', status: 404 }),
    ])]),
  },
  {
    name: 'coalesced requests: the name of the handshake is at home, the requests are for another name that is too',
    fires: false,
    events: caseEvents([...healthy, ...repeat(4, i => [
      lookUp({ at: 900 + i * 2000, name: 'static.example.com', ips: [SHOP_IP] }),
      handshake({ at: 940 + i * 2000, port: 50_500 + i, name: 'shop.example.com', ip: SHOP_IP }),
      request({ at: 960 + i * 2000, port: 50_500 + i, host: 'static.example.com' }),
    ])]),
  },
  {
    name: 'the outer name of Encrypted Client Hello is in no answer and in no request',
    fires: false,
    events: caseEvents([...healthy, ...repeat(5, i => [
      handshake({ at: 950 + i * 2000, port: 50_600 + i, name: 'cloudflare-ech.com', ip: SHOP_IP }),
      request({ at: 960 + i * 2000, port: 50_600 + i, host: 'shop.example.com' }),
    ])]),
  },
  {
    name: 'the resolver\'s log hides the answers, but every handshake follows a look-up of its name',
    fires: false,
    events: caseEvents([...healthy, ...repeat(5, i => [
      lookUp({ at: 900 + i * 2000, name: 'moved.example.org', in: 'bind.log' }),
      handshake({ at: 950 + i * 2000, port: 50_700 + i, name: 'moved.example.org', ip: SHOP_IP }),
      request({ at: 960 + i * 2000, port: 50_700 + i, host: 'moved.example.org', status: 404 }),
    ])]),
  },
  {
    name: 'a health check without a name',
    fires: false,
    events: caseEvents([...healthy, ...repeat(5, i => [
      handshake({ at: 950 + i * 2000, port: 50_800 + i, ip: SHOP_IP }),
      request({ at: 960 + i * 2000, port: 50_800 + i, host: '203.0.113.10', status: 404 }),
    ])]),
  },
]
