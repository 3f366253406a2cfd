import { matching, type Find } from './span.ts'

const between = String.raw`[ \u00a0.\-/()]{0,3}`
const digitsOf = (text: string): number => text.replace(/\D/g, '').length

/** With the code of a country. */
const international = new RegExp(String.raw`(?<![\w+.])\+\(?[1-9](?:${between}\d){6,14}(?!\d)`, 'g')
const withZeros = new RegExp(String.raw`(?<![\w+.-])00[1-9](?:${between}\d){6,14}(?!\w)`, 'g')
const american = /(?<![\w.-])(?:1[ .-]{1,3})?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?![\w-]|\.\d)/g
/** Dialled within a country. */
const trunk = /(?<![\w.,-])\(?0[1-9]\d{0,5}\)?(?:[ /-]{1,3}\d{2,8}){1,5}(?![\w-])/g
const trunkInOne = /(?<![\w.,-])0[1-9]\d{8,9}(?![\w-]|\.\d)/g
const pairs = /(?<![\w.])0[1-9](?:[ .-]\d{2}){4}(?![\w-]|\.\d)/g
/** With the code of a town in brackets, and mobile ones that have no other form. */
const bracketed = /(?<![\w.])(?:8 ?)?\(\d{2,4}\) ?\d{3,5}[ -]\d{2,4}(?:[ -]\d{2,4})?(?![\w-]|\.\d)/g
const chinese = /(?<![\w.-])1[3-9]\d{9}(?![\w-]|\.\d)/g
/** After a word that says what it is. */
const named = new RegExp(
  String.raw`(?<![\p{L}])(?:phone|telephone|tel|mobile|cell|fax|whatsapp|telefon|handy|mobil|téléphone|portable|teléfono|telefono|móvil|celular|电话|手机|電話|телефон|тел)(?: ?(?:number|no|nummer|nr))?[.:#=" ]{1,4}(?:is |ist |est |es )?(?<secret>[+(]?\d(?:${between}\d){5,14})(?!\d)`,
  'giu',
)

/** What is written as numbers of telephones are, and is not one. */
const isDate = /^\d{1,2}[-/]\d{1,2}[-/]\d{4}|^\d{4}-\d{2}-\d{2}/
const counting = '0123456789'

export const findPhones: readonly Find[] = [
  matching('phone', international, (found) => digitsOf(found) >= 8),
  matching('phone', withZeros, (found) => digitsOf(found) >= 10),
  matching('phone', american),
  matching('phone', trunk, (found, text, at) => {
    const count = digitsOf(found)
    return (
      count >= 9 && count <= 20 && !isDate.test(found) && !/isbn\S{0,6} ?$/i.test(text.slice(Math.max(0, at - 12), at))
    )
  }),
  matching('phone', trunkInOne, (found) => found !== counting),
  matching('phone', pairs),
  matching('phone', bracketed, (found) => digitsOf(found) >= 9),
  matching('phone', chinese),
  matching('phone', named, (found) => !isDate.test(found)),
]
