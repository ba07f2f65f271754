// compiles src, parsers and test into dist; a folder left over from a renamed source would still be tested, so dist starts empty
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true })
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
const run = spawnSync(process.execPath, [tsc, '-p', root], { stdio: 'inherit' })
const bin = new URL('../dist/src/cli/main.js', import.meta.url)
if (existsSync(bin)) chmodSync(bin, 0o755)
process.exit(run.status ?? 1)
