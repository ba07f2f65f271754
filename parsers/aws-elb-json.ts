// AWS application load balancer access log as JSON, as pipelines make it of the text (Panther's names, Athena's, Vector's).
import { keyedJson } from '../src/read/cdn/keyed.js'
import { ALB_ALSO, ALB_FIELDS, ELB_READS, finishAlb } from '../src/read/cdn/elb.js'
import { defineParser } from '../src/read/define.js'
import { int, port, status, text, upper, uri } from '../src/read/field.js'
import { shareOfJson, skip, type Draft, type Skip } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

const ALIASES = {
  time: ['timestamp'],
  client: ['client_host'],
  target: ['target_host'],
  client_ip: ['clientIp'], client_port: ['clientPort'], target_ip: ['targetIp'], target_port: ['targetPort'],
  request_processing_time: ['requestProcessingTime'], target_processing_time: ['targetProcessingTime'], response_processing_time: ['responseProcessingTime'],
  elb_status_code: ['elbStatusCode'], target_status_code: ['targetStatusCode'], received_bytes: ['receivedBytes'], sent_bytes: ['sentBytes'],
  request_verb: ['requestHttpMethod', 'request_method'], request_url: ['requestUrl'], request_proto: ['requestHttpVersion', 'request_protocol'],
  user_agent: ['userAgent'], ssl_cipher: ['sslCipher'], ssl_protocol: ['sslProtocol'], target_group_arn: ['targetGroupArn'], trace_id: ['traceId'], domain_name: ['domainName'],
  request_creation_time: ['requestCreationTime'], error_reason: ['errorReason', 'lambda_error_reason'], conn_trace_id: ['connTraceId'],
  target_list: ['target_port_list'], actions: ['actionsExecuted', 'actions_executed'],
}

type Bag = Record<string, unknown>
const isBalancer = (record: Bag): boolean => record.p_log_type === 'AWS.ALB' || (('elbStatusCode' in record || 'elb_status_code' in record) && ('elb' in record || 'targetGroupArn' in record || 'target_group_arn' in record))

function finish(draft: Draft, row: Row): void | Skip {
  const version = row.text('request_proto')
  const actions = row.get('actions')
  finishAlb(draft, row)
  if (version !== undefined) (draft.http ??= {}).version = ({ 'HTTP/2.0': '2', 'HTTP/1.1': '1.1', 'HTTP/1.0': '1.0', '2.0': '2', '1.1': '1.1', '1.0': '1.0' } as const)[version as 'HTTP/1.1']
  const result = Array.isArray(actions) ? actions.join(',') : row.text('actions')
  if (result !== undefined && result !== '') (draft.cdn ??= {}).result = result
  // tests of alert rules hold records that say nothing of a request
  if (draft.ts_ms === undefined && draft.http?.response?.status_code === undefined && draft.url === undefined) return skip('incomplete', 'neither a time, a status nor a URL')
}

export default defineParser({
  id: 'aws-elb-json',
  title: 'AWS Application Load Balancer access log as JSON (Panther, Athena, Vector)',
  reference: 'https://docs.panther.com/data-onboarding/supported-logs/aws/aws-alb',
  dataset: 'aws.alb',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'As aws-alb; a pipeline may have dropped fields.',
  detect: head => shareOfJson(head, isBalancer),
  table: {
    layout: keyedJson({ aliases: ALIASES, accept: record => isBalancer(record) ? undefined : skip('unsupported-record') }),
    constant: { type: 'http.request', cdn: { provider: 'aws-alb' } },
    also: [...ALB_ALSO, 'request_proto', 'actions'],
    fields: {
      ...Object.fromEntries(Object.entries(ALB_FIELDS).filter(([name]) => name !== 'actions_executed')),
      client_ip: text('client.ip'),
      client_port: port('client.port'),
      target_ip: text('cdn.origin.ip'),
      target_port: port('cdn.origin.port'),
      elb_status_code: status('http.response.status_code'),
      received_bytes: int('http.request.bytes'),
      request_verb: upper('http.request.method'),
      request_url: uri(),
    },
    reads: ELB_READS,
    finish,
  },
  samples: [
    {
      lines: [
        '{"type":"https","timestamp":"2026-03-04 10:15:01.417123","elb":"app/edge/50dc6c495c0c9188","clientIp":"203.0.113.24","clientPort":51514,"targetIp":"198.51.100.10","targetPort":80,"requestProcessingTime":0.001,"targetProcessingTime":0.048,"responseProcessingTime":0,"elbStatusCode":502,"targetStatusCode":null,"receivedBytes":341,"sentBytes":5366,"requestHttpMethod":"GET","requestUrl":"https://www.example.com:443/app.js","requestHttpVersion":"HTTP/1.1","sslProtocol":"TLSv1.2","sslCipher":"ECDHE-RSA-AES128-GCM-SHA256","domainName":"www.example.com","requestCreationTime":"2026-03-04T10:15:01.364Z","actionsExecuted":["forward"],"p_log_type":"AWS.ALB"}',
        '{"p_log_type":"AWS.ALB","p_any_ip_addresses":["203.0.113.24"]}',
      ],
      events: [{
        type: 'http.request', ts_ms: 1772619301364, ts_end_ms: 1772619301417.123, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 53.123, outcome: 'failure', hostname: 'www.example.com',
        client: { ip: '203.0.113.24', port: 51514 }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/app.js' },
        http: { version: '1.1', request: { method: 'GET', bytes: 341 }, response: { status_code: 502, bytes: 5366 } },
        tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', client: { server_name: 'www.example.com' } },
        cdn: { provider: 'aws-alb', result: 'forward', ttfb_ms: 49, origin: { ip: '198.51.100.10', port: 80, wait_ms: 48 } }, error: { type: 'connection_terminated', code: '502' },
        labels: { load_balancer: 'app/edge/50dc6c495c0c9188' },
      }],
      skipped: { incomplete: 1 },
    },
  ],
})
