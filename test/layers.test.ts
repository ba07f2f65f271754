// a stage imports only what stands above it; parsers import the reading stage and nothing further; nothing below the cli touches the process
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const root = [fileURLToPath(new URL('../../', import.meta.url)), fileURLToPath(new URL('../', import.meta.url))].find(folder => existsSync(join(folder, 'src', 'index.ts')))

/** Layers from the top of the flow down; a file belongs to the first whose prefix fits. */
const LAYERS: readonly (readonly [string, readonly string[]])[] = [
  ['base', ['src/printable.ts', 'src/problem.ts', 'src/duration.ts', 'src/address.ts', 'src/redact.ts', 'src/schema/']],
  ['input', ['src/input/']],
  ['read', ['src/read/']],
  ['parsers', ['parsers/']],
  ['event', ['src/event/']],
  ['join', ['src/join/']],
  ['detectors', ['src/detectors/', 'src/detect-support/']],
  ['library', ['src/assume.ts', 'src/event-roles.ts', 'src/options.ts', 'src/inputs.ts', 'src/run.ts', 'src/live.ts', 'src/parse.ts', 'src/correlate.ts', 'src/detect.ts', 'src/explain/', 'src/index.ts']],
  ['threads', ['src/threads/', 'src/columns/']],
  ['output', ['src/output/']],
  ['cli', ['src/cli/']],
]

/** Imports that go down the flow, each with its reason. */
const EXCEPTIONS: readonly (readonly [string, string, string])[] = []

const layerOf = (file: string): number => LAYERS.findIndex(([, prefixes]) => prefixes.some(prefix => file.startsWith(prefix)))

function sources(folder: string): string[] {
  return readdirSync(join(root!, folder)).flatMap(name => {
    const path = `${folder}/${name}`
    return statSync(join(root!, path)).isDirectory() ? sources(path) : path.endsWith('.ts') ? [path] : []
  })
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root!, file), 'utf8')
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target]) => relative(root!, resolve(root!, dirname(file), target!)).replace(/\.js$/, '.ts'))
}

const files = root ? [...sources('src'), ...sources('parsers')] : []

test('every file has a place in the flow', { skip: root ? false : 'sources are not here' }, () => {
  assert.deepEqual(files.filter(file => layerOf(file) === -1), [])
})

test('stages import upwards only', { skip: root ? false : 'sources are not here' }, () => {
  const wrong = files.flatMap(file => importsOf(file)
    .filter(target => layerOf(target) > layerOf(file) && !EXCEPTIONS.some(([from, to]) => from === file && to === target))
    .map(target => `${file} imports ${target}`))
  assert.deepEqual(wrong, [])
})

test('a parser imports the reading stage and what stands above it, no other parser', { skip: root ? false : 'sources are not here' }, () => {
  const wrong = files.filter(file => file.startsWith('parsers/') && file !== 'parsers/index.ts').flatMap(file => importsOf(file).filter(target => target.startsWith('parsers/')).map(target => `${file} imports ${target}`))
  assert.deepEqual(wrong, [])
})

test('shared code never asks for a plug-in\'s name', { skip: root ? false : 'sources are not here' }, () => {
  const wrong = files.filter(file => file.startsWith('src/') && !file.startsWith('src/detectors/')).filter(file => /\b(?:parser|detector)\.id === '|\bdataset === '/.test(readFileSync(join(root!, file), 'utf8')))
  assert.deepEqual(wrong, [])
})

test('only the command line reads the clock, prints or exits', { skip: root ? false : 'sources are not here' }, () => {
  const touches = /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(|\bprocess\.(?:exit|stdout|stderr|argv)\b|\bconsole\./
  const wrong = files.filter(file => !file.startsWith('src/cli/')).filter(file => touches.test(readFileSync(join(root!, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
  assert.deepEqual(wrong, [])
})
