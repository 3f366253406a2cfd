const names = String.raw`(?:password|passwd|passphrase|pwd|passwort|kennwort|secret|token|api[-_]?key|access[-_]?key)`

/** Passwords in the files and commands in which programs find them: there any word is one. */
export const asWritten: readonly RegExp[] = [
  // Variables of an environment.
  /(?<![\w$])[A-Z\d_]{0,60}(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY)=(?<secret>[^\s"'`$<>{}[\]()]{6,200})/g,
  // A line that has nothing else.
  /^[ \t]{0,40}(?:[\w-]{1,40}\.){0,5}[\w-]{0,40}(?:password|passwd|passphrase|pwd|passwort|kennwort)[ \t]{0,3}[:=][ \t]{0,3}(?<secret>[^\s"'`,;<>{}()[\]$]{8,200})[ \t]{0,3}$/gim,
  new RegExp(String.raw`<(?:\w{1,20}:)?\w{0,30}${names}>\s{0,3}(?<secret>[^<>\s][^<>\n]{3,200})</`, 'gi'),
  new RegExp(String.raw`(?:key|name)\s?=\s?"[\w.:-]{0,60}${names}"\s{1,3}value\s?=\s?"(?<secret>[^"\n]{4,200})"`, 'gi'),
  /(?<!\S)login[ \t\n]{1,3}\S{1,64}[ \t\n]{1,3}password[ \t\n]{1,3}(?<secret>\S{4,200})/g,
  /(?<![\w-])(?:mysql|mariadb)\w{0,10} [^\n]{0,80}?(?<= )-p(?<secret>[^\s=-]\S{3,100})/g,
  /(?<![\p{L}\w-])pass[:=] ?(?<secret>(?=[^\s]{0,60}[\d!@#$%^&*])[^\s"'`,;]{6,100})/giu,
]
