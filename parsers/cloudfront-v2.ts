// CloudFront standard logging v2 as JSON: the names of the W3C columns, any choice of them, every value a text.
import { finishStandard, STANDARD_ALSO, STANDARD_FIELDS } from '../src/read/cdn/cloudfront.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { needsOneOf } from '../src/read/cdn/one-of.js'
import { defineParser } from '../src/read/define.js'
import { shareOfJson } from '../src/read/parser.js'

export default defineParser({
  id: 'cloudfront-v2',
  title: 'Amazon CloudFront standard logging v2 (JSON)',
  reference: 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html',
  dataset: 'aws.cloudfront',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'Only the fields that were chosen; no SNI and no origin status; times are the end of a request, in whole seconds without timestamp(ms). The plain, w3c and raw outputs are read as cloudfront-standard where they begin with #Fields.',
  detect: head => shareOfJson(head, record => 'x-edge-location' in record || 'x-edge-request-id' in record || 'x-edge-result-type' in record || ('cs-uri-stem' in record && 'x-host-header' in record)),
  table: {
    layout: keyedJson({ accept: needsOneOf(['x-edge-location', 'x-edge-request-id', 'x-edge-result-type', 'cs-method', 'cs-uri-stem', 'sc-status', 'c-ip']) }),
    constant: { type: 'http.request', cdn: { provider: 'cloudfront' } },
    also: STANDARD_ALSO,
    fields: STANDARD_FIELDS,
    reads: ['url'],
    finish: finishStandard,
  },
  samples: [
    {
      lines: [
        '{"date":"2026-03-04","time":"10:15:31","x-edge-location":"FRA56-P4","c-ip":"203.0.113.24","cs-method":"GET","cs(Host)":"d0000example.cloudfront.net","cs-uri-stem":"/api/report","sc-status":"504","cs(User-Agent)":"ExampleAgent/1.0%20(test)","x-edge-result-type":"Error","x-edge-request-id":"ReqB==","x-host-header":"www.example.com","time-taken":"30.012","x-edge-response-result-type":"Error","time-to-first-byte":"30.012","x-edge-detailed-result-type":"OriginConnectError","timestamp(ms)":"1772619331417","origin-fbl":"30.001","origin-lbl":"-","asn":"64500","c-country":"DE","sc-bytes":"-"}',
        '{"date":"2026-03-04","time":"10:15:32","x-edge-location":"FRA56-P4","x-edge-result-type":"RefreshHit","x-edge-request-id":"ReqC==","x-host-header":"www.example.com","cs-uri-stem":"/app.js","cs-uri-query":"-","sc-status":"200","x-edge-detailed-result-type":"OriginShieldHit","ssl-protocol":"-"}',
        '{"date":"2026-03-04","time":"25:15:32","x-edge-location":"FRA56-P4"}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301405, ts_end_ms: 1772619331417, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', as: { number: 64500 }, geo: { country_iso_code: 'DE' } }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/api/report' },
          http: { request: { method: 'GET', id: 'ReqB==' }, response: { status_code: 504 } },
          cdn: { provider: 'cloudfront', pop: 'FRA56-P4', cache: { status: 'error', raw: 'Error' }, result: 'OriginConnectError', ttfb_ms: 30012, origin: { wait_ms: 30001 } },
          error: { type: 'destination_unavailable', code: 'OriginConnectError' }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1772619332000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', network: { protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' },
          http: { request: { id: 'ReqC==' }, response: { status_code: 200 } },
          cdn: { provider: 'cloudfront', pop: 'FRA56-P4', cache: { status: 'revalidated', raw: 'RefreshHit', tier: 'shield' }, result: 'OriginShieldHit' },
        },
      ],
      skipped: { 'bad-time': 1 },
    },
  ],
})
