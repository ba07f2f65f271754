// compiles src, parsers and test into dist and bundles the command line; a folder left over from a renamed source would still be tested, so dist starts empty
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = fileURLToPath(new URL('../dist', import.meta.url))
rmSync(dist, { recursive: true, force: true })
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
const run = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
const main = new URL('../dist/src/cli/main.js', import.meta.url)
if (existsSync(main)) chmodSync(main, 0o755)
if (run.status !== 0) process.exit(run.status ?? 1)
await bundle(dist)
