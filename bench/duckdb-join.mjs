// The same join in DuckDB, from the same files, writing the same fields. Called by end-to-end.mjs: node duckdb-join.mjs FOLDER OUT [THREADS]
import { DuckDBInstance } from '@duckdb/node-api'

const [folder, out, threads = '2'] = process.argv.slice(2)
const quoted = text => `'${text.replaceAll('\'', '\'\'')}'`
const instance = await DuckDBInstance.create(':memory:', { threads })
const connection = await instance.connect()

const JSON_TYPES = { dns: '{ts: \'DOUBLE\', "id.orig_h": \'VARCHAR\', trans_id: \'INTEGER\', rtt: \'DOUBLE\', query: \'VARCHAR\', rcode_name: \'VARCHAR\', answers: \'VARCHAR[]\'}', tls: '{ts: \'DOUBLE\', uid: \'VARCHAR\', "id.orig_h": \'VARCHAR\', "id.orig_p": \'INTEGER\', "id.resp_h": \'VARCHAR\', server_name: \'VARCHAR\'}' }
const readJson = name => `read_json(${quoted(`${folder}/${name}.json`)}, format = 'newline_delimited', columns = ${JSON_TYPES[name]})`
const COLUMNS = 33
const cdnColumns = `{${Array.from({ length: COLUMNS }, (_, i) => `c${i}: 'VARCHAR'`).join(', ')}}`

// A request is joined to the nearest earlier handshake of its client address and port, else the nearest later one, within 5 s and the second
// that CloudFront's clock cannot tell; the handshake to the nearest earlier answer of its client, name and address, else the nearest later.
await connection.run(`
  CREATE TEMP TABLE dns AS SELECT row_number() OVER () AS id, ts + rtt AS moment, "id.orig_h" AS client, query AS name, trans_id, answers, unnest(answers) AS server FROM ${readJson('dns')} WHERE rcode_name = 'NOERROR';
  CREATE TEMP TABLE tls AS SELECT ts AS moment, uid, "id.orig_h" AS client, "id.orig_p" AS port, "id.resp_h" AS server, server_name AS name FROM ${readJson('tls')};
  CREATE TEMP TABLE cdn AS SELECT epoch(CAST(c0 || ' ' || c1 AS TIMESTAMP)) - CAST(c18 AS DOUBLE) AS moment, c4 AS client, CAST(c26 AS INTEGER) AS port, c7 AS path, CAST(c8 AS INTEGER) AS status, c13 AS result, c14 AS request, c15 AS name
    FROM read_csv(${quoted(`${folder}/cdn.tsv`)}, delim = '\t', header = false, skip = 2, quote = '', escape = '', columns = ${cdnColumns}, auto_detect = false);
  CREATE TEMP TABLE handshakes AS
    WITH earlier AS (SELECT t.*, d.id AS dns FROM tls t ASOF LEFT JOIN dns d ON t.client = d.client AND t.name = d.name AND t.server = d.server AND t.moment >= d.moment),
         near AS (SELECT e.* EXCLUDE (dns), d.moment AS dns_at, CASE WHEN e.moment - d.moment <= 5 THEN e.dns END AS dns FROM earlier e LEFT JOIN (SELECT DISTINCT id, moment FROM dns) d ON e.dns = d.id)
    SELECT n.moment, n.uid, n.client, n.port, n.server, n.name, coalesce(n.dns, CASE WHEN d.moment - n.moment <= 5 AND n.dns_at IS NULL THEN d.id END) AS dns
    FROM near n ASOF LEFT JOIN dns d ON n.client = d.client AND n.name = d.name AND n.server = d.server AND n.moment <= d.moment;
`)
await connection.run(`
  COPY (
    WITH earlier AS (SELECT c.*, t.uid, t.moment AS tls_at, t.server, t.dns FROM cdn c ASOF LEFT JOIN handshakes t ON c.client = t.client AND c.port = t.port AND c.moment + 1 > t.moment),
         joined AS (SELECT * REPLACE (CASE WHEN moment - tls_at <= 5 THEN uid END AS uid, CASE WHEN moment - tls_at <= 5 THEN dns END AS dns) FROM earlier)
    SELECT strftime(make_timestamp(CAST(j.moment * 1000000 AS BIGINT)), '%Y-%m-%dT%H:%M:%S.%fZ') AS "time", j.name AS hostname, {ip: j.client} AS client, {path: j.path} AS url, {request: {id: j.request}, response: {status_code: j.status}} AS http,
           {cache: {status: lower(j.result)}} AS cdn, {connection_id: j.uid} AS network, {id: CAST(d.trans_id AS VARCHAR), resolved_ip: d.answers} AS dns
    FROM joined j LEFT JOIN (SELECT DISTINCT ON (id) id, trans_id, answers FROM dns) d ON j.dns = d.id
    WHERE j.uid IS NOT NULL ORDER BY j.moment
  ) TO ${quoted(out)} (FORMAT json)
`)
connection.closeSync()
