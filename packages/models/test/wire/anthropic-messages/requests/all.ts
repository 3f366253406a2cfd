import type { Case } from './case.ts'
import { prompts } from './prompts.ts'
import { settings } from './settings.ts'
import { toolTurns } from './tool-turns.ts'
import { tools } from './tools.ts'

export const cases: readonly Case[] = [...prompts, ...toolTurns, ...tools, ...settings]
