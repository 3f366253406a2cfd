import type { OpenProvider } from '../../provider.ts'
import { rankingOver } from '../asking/ranking.ts'
import { rerankForm, type RerankDialect } from '../asking/rerank-form.ts'

export const openAs =
  (dialect: RerankDialect): OpenProvider =>
  (setting) => {
    const headers: Record<string, string> =
      setting.key === undefined || setting.key === '' ? {} : { authorization: `Bearer ${setting.key}` }
    return {
      headers,
      rerank: (model) => rankingOver({ setting, headers, form: rerankForm(setting.baseUrl, model, dialect) }),
    }
  }
