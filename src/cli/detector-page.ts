/** docs/detectors.md, made from the detectors. */
import { z } from 'zod'
import type { Detector } from '../detectors/detector.js'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function thresholdRows(detector: Detector): string[] {
  const { properties } = z.toJSONSchema(detector.thresholds, { io: 'input' }) as { properties?: Record<string, { default?: unknown, description?: string }> }
  return Object.entries(properties ?? {}).map(([name, one]) => `| \`${name}\` | ${JSON.stringify(one.default)} | ${cell(one.description ?? '')} |`)
}

function section(detector: Detector): string[] {
  const needs = detector.needs.map(need => typeof need === 'string' ? `\`${need}\`` : need.map(one => `\`${one}\``).join(' or ')).join(', ')
  return [
    `## ${detector.id}`, '', `${detector.name} (version ${detector.version}). ${detector.what}`, '', `Why: ${detector.why}`, '', `What to do: ${detector.remedy}`, '',
    `Rests on <${detector.reference}>. Needs ${needs || 'nothing'}.`, '',
    '| threshold | default | meaning |', '|---|---|---|', ...thresholdRows(detector), '',
    'Fires:', ...detector.cases.filter(one => one.fires).map(one => `- ${one.name}`), '', 'Silent:', ...detector.cases.filter(one => !one.fires).map(one => `- ${one.name}`), '',
  ]
}

/** The page; `measured` is the table of precision and recall that the evaluation wrote. */
export function detectorPage(detectors: readonly Detector[], measured: string): string {
  const sorted = [...detectors].sort((a, b) => a.id < b.id ? -1 : 1)
  const lines = [
    '# Detectors', '', 'Made by `npm run docs` from the detectors and their cases. Thresholds are set under `thresholds` in the config file; a detector whose source is absent is off, and a note says so.', '',
    ...(measured === '' ? [] : [measured.trim(), '']), ...sorted.flatMap(section),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}
