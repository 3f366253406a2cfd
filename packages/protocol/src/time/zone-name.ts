// Intl also knows names that are not IANA's, and some mean what nobody expects: BST is Dhaka. Of the names
// without a slash only IANA's count.
const slashless = new Set(
  `CET CST6CDT CUBA EET EGYPT EIRE EST EST5EDT GB GB-EIRE GMT GMT+0 GMT-0 GMT0 GREENWICH HONGKONG HST ICELAND IRAN ISRAEL
  JAMAICA JAPAN KWAJALEIN LIBYA MET MST MST7MDT NAVAJO NZ NZ-CHAT POLAND PORTUGAL PRC PST8PDT ROC ROK SINGAPORE TURKEY UCT
  UNIVERSAL UTC W-SU WET ZULU`.split(/\s+/),
)
const pattern = /^[A-Za-z][A-Za-z0-9_+\-/]{1,63}$/

/** Whether a name has the form of an IANA zone; whether the zone exists is for Intl to say. */
export function isZoneForm(name: string): boolean {
  if (!pattern.test(name)) return false
  return name.includes('/') ? !/^systemv\//i.test(name) : slashless.has(name.toUpperCase())
}
