// one visit explained: which one, step by step, and as text of any width
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { explain, Problem, type Explanation, type Step } from '../src/index.js'
import { explainText } from '../src/output/explain-text.js'

const root = [fileURLToPath(new URL('../../', import.meta.url)), fileURLToPath(new URL('../', import.meta.url)), process.cwd()].find(folder => existsSync(join(folder, 'samples', 'dns.log')))!
const logs = ['dns.log', 'tls.log', 'cdn.log', 'go.trace'].map(name => join(root, 'samples', name))
const step = (explanation: Explanation, id: Step['id']): Step => explanation.steps.find(one => one.id === id)!
const states = (explanation: Explanation): string => explanation.steps.map(one => `${one.id} ${one.state}`).join(', ')

test('the failed fetch of a module: everything held but the origin', async () => {
  const explanation = await explain(logs, { host: 'modules.example.com' })
  assert.equal(states(explanation), 'resolve ok, connect ok, tls ok, cache ok, origin bad')
  assert.match(step(explanation, 'origin').answer, /198\.51\.100\.20/)
  assert.equal(explanation.session.http?.response?.status_code, 504)
  assert.equal(explanation.others.failed, 0)
  assert.match(explanation.verdict, /Origin times out/)
  assert.match(explanation.commands[0], /^dig modules\.example\.com A/)
  assert.match(explanation.commands[1], /--connect-to modules\.example\.com:443:198\.51\.100\.20/)
  assert.ok(['dns.log', 'tls.log', 'cdn.log', 'go.trace'].every(name => explanation.evidence.some(line => line.file.endsWith(name))))
  assert.equal(explanation.waterfall.find(bar => bar.name === 'origin.wait')?.duration_ms, 14_999)
})

test('a hijacked name: resolvers disagree and the certificate is another\'s', async () => {
  const explanation = await explain(logs, { host: 'img.example.com' })
  assert.equal(step(explanation, 'resolve').state, 'bad')
  assert.match(step(explanation, 'resolve').answer, /203\.0\.113\.66.*Resolvers disagree/)
  assert.equal(step(explanation, 'tls').state, 'bad')
  assert.match(step(explanation, 'tls').answer, /unknown_ca/)
})

test('a time asks for another visit, and trouble at other times is not its own', async () => {
  const explanation = await explain(logs, { host: 'img.example.com', atMs: Date.parse('2026-01-05T09:14:01.017Z') })
  assert.equal(explanation.session.ts_ms! < Date.parse('2026-01-05T09:14:02Z'), true)
  assert.equal(step(explanation, 'cache').answer.startsWith('Yes, a hit'), true)
  assert.ok(explanation.steps.every(one => one.state !== 'bad'), states(explanation))
  assert.match(explanation.verdict, /^Nothing is wrong/)
  assert.ok(explanation.others.count > 10 && explanation.others.failed > 0)
})

test('the name is taken in any spelling; one that is not there is answered with those near it', async () => {
  assert.equal((await explain(logs, { host: 'WWW.Example.com.' })).host, 'www.example.com')
  await assert.rejects(explain(logs, { host: 'wwx.example.com' }), (error: Problem) => error instanceof Problem && error.code === 'bad-option' && error.message.includes('www.example.com'))
})

test('text fits its width, is plain unless colours are asked for, and says the same twice', async () => {
  const explanation = await explain(logs, { host: 'modules.example.com' })
  for (const width of [40, 80, 120]) {
    const text = explainText(explanation, { width })
    const [body] = text.split('\nNext\n')
    assert.ok(body!.split('\n').every(line => line.length <= width), `${width}: ${body!.split('\n').find(line => line.length > width)}`)
    assert.doesNotMatch(text, /\x1b/)
    assert.match(text, /█/)
    assert.equal(explainText(explanation, { width }), text)
  }
  assert.match(explainText(explanation, { width: 80, color: true }), /\x1b\[31mBAD/)
})

test('what a log says cannot move the cursor', async () => {
  const lines = ['{"time":"2026-01-05T09:14:00.041Z","host":"www.example.com","client_ip":"192.0.2.12","client_port":40000,"method":"GET","uri":"/\\u001b[2J\'; rm -rf x","status":504,"bytes":1,"duration_ms":5000,"pop":"SHA","region":"cn-east","cdn_cache_hit":"MISS","origin_ip":"198.51.100.20","error":"origin read timeout"}']
  const explanation = await explain([{ name: 'cdn.log', lines }], { host: 'www.example.com' })
  const text = explainText(explanation, { width: 60 })
  assert.doesNotMatch(text, /\x1b/)
  assert.ok(explanation.commands[1].endsWith("'\\''; rm -rf x'"), explanation.commands[1])
})
