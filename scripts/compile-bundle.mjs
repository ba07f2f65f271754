// keeps what V8 made of the bundle, after a run has shown which functions are needed; what the run prints goes nowhere
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const [folder] = process.argv.slice(2)
const { compiledFile, scriptOf } = await import(pathToFileURL(join(folder, 'load-bundle.js')))
const bundle = join(folder, 'logjoin-run.cjs')
const { script, load } = scriptOf(bundle)
const { run } = load()
process.stdout.write = () => true
const status = await run(['detect', fileURLToPath(new URL('../samples', import.meta.url)), '--quiet'])
if (status !== 0) process.exit(1)
writeFileSync(compiledFile(bundle), script.createCachedData())
