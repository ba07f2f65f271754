/**
 * Reads other people's log files and compares: `node bench/conformance.mjs FOLDER… [--json FILE] [--brief]`, or the folders in
 * LOGJOIN_CORPUS (separated by `:`). Says per format what became of the lines, which claims are wrong, and per field where the results that
 * lie beside the files agree with ours. Ends with 1 when a claim is wrong, lines do not add up or a difference stands in no row of
 * conformance/differences.tsv. A folder may have a MANIFEST.tsv; without one every file in it is read.
 */
import { writeFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { filesOf } from './conformance/corpus.mjs'
import { explain, readDifferences } from './conformance/differences.mjs'
import { judgeFile } from './conformance/judge.mjs'
import { perField, perFormat, report } from './conformance/report.mjs'
import { load } from './library.mjs'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' }, brief: { type: 'boolean' } } })
const folders = positionals.length > 0 ? positionals : (process.env.LOGJOIN_CORPUS ?? '').split(delimiter).filter(Boolean)
if (folders.length === 0) {
  console.error('Which folder of log files? Name it, or put it in LOGJOIN_CORPUS.')
  process.exit(2)
}

const { parsers } = await load('parsers/index.js')
const ids = parsers.map(parser => parser.id)
const rows = readDifferences(fileURLToPath(new URL('./conformance/differences.tsv', import.meta.url)))
const files = []
for (const folder of folders) for (const file of filesOf(folder, ids)) files.push(await judgeFile(file))

const explained = []
const unexplained = []
const wrong = []
for (const file of files) {
  for (const id of file.wrong) {
    const row = explain(rows, file.label, 'format', file.name)
    if (row) explained.push({ row, file: file.name, theirs: file.label, ours: id })
    else wrong.push({ file, id })
  }
  for (const field of file.fields.filter(one => one.verdict !== 'agree')) {
    const one = { ...field, format: file.ids[0], file: file.name }
    const row = explain(rows, file.ids[0], field.field, file.name)
    if (row) explained.push({ ...one, row })
    else unexplained.push(one)
  }
}
const unbalanced = files.filter(file => !file.balanced || file.problem === 'internal')
for (const file of unbalanced) console.error(`lines do not add up: ${file.name} ${file.detail ?? ''}`)

const summary = { files, explained, unexplained, wrong }
if (values.json) {
  const plain = explained.map(({ row, ...one }) => ({ ...one, right: row.right, why: row.why }))
  const json = { formats: perFormat(files), fields: perField(files), files: files.map(file => ({ ...file, fields: undefined })), explained: plain, unexplained, wrong: wrong.map(({ file, id }) => ({ file: file.name, label: file.label, claimed: id })), unbalanced: unbalanced.map(file => file.name) }
  writeFileSync(values.json, `${JSON.stringify(json, undefined, 1)}\n`)
}
process.stdout.write(values.brief ? report(summary).split('\n\n').slice(-1)[0] : report(summary))
process.exitCode = wrong.length + unexplained.length + unbalanced.length > 0 ? 1 : 0
