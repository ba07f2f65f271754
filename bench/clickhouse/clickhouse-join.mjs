// The same join in ClickHouse, from the same files, writing the same fields. Called by end-to-end.mjs: node clickhouse-join.mjs FOLDER OUT [THREADS]
import { rmSync } from 'node:fs'
import { Session } from 'chdb'

const [folder, out, threads = '2'] = process.argv.slice(2)
const quoted = text => `'${text.replaceAll('\\', '\\\\').replaceAll('\'', '\\\'')}'`
const COLUMNS = 33
const DNS = 'ts Float64, `id.orig_h` String, trans_id UInt32, rtt Float64, query String, rcode_name String, answers Array(String)'
const TLS = 'ts Float64, uid String, `id.orig_h` String, `id.orig_p` UInt32, `id.resp_h` String, server_name String'
const CDN = Array.from({ length: COLUMNS }, (_, i) => `c${i} String`).join(', ')

// As in duckdb-join.mjs: a request is joined to the nearest earlier handshake of its client address and port within 5 s and the second that
// CloudFront's clock cannot tell; the handshake to the nearest earlier answer of its client, name and address, else the nearest later.
rmSync(out, { force: true })
const session = new Session()
const settings = `SETTINGS join_use_nulls = 1, max_threads = ${Number(threads)}, input_format_skip_unknown_fields = 1, input_format_tsv_skip_first_lines = 2, engine_file_truncate_on_insert = 1`
const run = sql => session.query(`${sql} ${settings}`, 'CSV')
// a name in a WITH would be read again wherever it stands
session.query('CREATE DATABASE bench; ', 'CSV')
run(`CREATE TABLE bench.dns ENGINE = Memory AS SELECT ts + rtt AS moment, \`id.orig_h\` AS client, query AS name, trans_id, answers, arrayJoin(answers) AS server FROM file(${quoted(`${folder}/dns.json`)}, 'JSONEachRow', ${quoted(DNS)}) WHERE rcode_name = 'NOERROR'`)
run(`CREATE TABLE bench.tls ENGINE = Memory AS SELECT ts AS moment, uid, \`id.orig_h\` AS client, \`id.orig_p\` AS port, \`id.resp_h\` AS server, server_name AS name FROM file(${quoted(`${folder}/tls.json`)}, 'JSONEachRow', ${quoted(TLS)})`)
run(`
INSERT INTO FUNCTION file(${quoted(out)}, 'JSONEachRow')
WITH
  cdn AS (SELECT toUnixTimestamp(parseDateTimeBestEffort(concat(c0, ' ', c1), 'UTC')) - toFloat64(c18) AS moment, c4 AS client, toUInt32(c26) AS port, c7 AS path, toUInt32(c8) AS status, c13 AS result, c14 AS request, c15 AS name FROM file(${quoted(`${folder}/cdn.tsv`)}, 'TSV', ${quoted(CDN)})),
  earlier AS (SELECT t.moment AS moment, t.uid AS uid, t.client AS client, t.port AS port, t.server AS server, t.name AS name, d.moment AS dns_at, d.trans_id AS trans_id, d.answers AS answers FROM bench.tls t ASOF LEFT JOIN bench.dns d ON t.client = d.client AND t.name = d.name AND t.server = d.server AND t.moment >= d.moment),
  handshakes AS (
    SELECT e.moment AS moment, e.uid AS uid, e.client AS client, e.port AS port,
      multiIf(e.dns_at IS NOT NULL AND e.moment - e.dns_at <= 5, toString(e.trans_id), e.dns_at IS NULL AND d.moment IS NOT NULL AND d.moment - e.moment <= 5, toString(d.trans_id), NULL) AS dns_id,
      if(e.dns_at IS NOT NULL, if(e.moment - e.dns_at <= 5, e.answers, []), if(d.moment IS NOT NULL AND d.moment - e.moment <= 5, d.answers, [])) AS resolved
    FROM earlier e ASOF LEFT JOIN bench.dns d ON e.client = d.client AND e.name = d.name AND e.server = d.server AND e.moment <= d.moment),
  joined AS (SELECT c.moment AS moment, c.client AS client, c.path AS path, c.status AS status, c.result AS result, c.request AS request, c.name AS name, t.uid AS uid, t.moment AS tls_at, t.dns_id AS dns_id, t.resolved AS resolved FROM cdn c ASOF JOIN handshakes t ON c.client = t.client AND c.port = t.port AND c.moment + 1 > t.moment)
SELECT formatDateTime(fromUnixTimestamp64Micro(toInt64(round(moment * 1000000)), 'UTC'), '%Y-%m-%dT%H:%i:%S.%fZ') AS time, name AS hostname,
  CAST(tuple(client), 'Tuple(ip String)') AS client, CAST(tuple(path), 'Tuple(path String)') AS url,
  CAST(tuple(tuple(request), tuple(status)), 'Tuple(request Tuple(id String), response Tuple(status_code UInt32))') AS http,
  CAST(tuple(tuple(lower(result))), 'Tuple(cache Tuple(status String))') AS cdn, CAST(tuple(uid), 'Tuple(connection_id String)') AS network,
  CAST(tuple(dns_id, resolved), 'Tuple(id Nullable(String), resolved_ip Array(String))') AS dns
FROM joined WHERE moment - tls_at <= 5 ORDER BY moment`)
session.cleanup()
