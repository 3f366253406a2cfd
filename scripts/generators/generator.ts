/** A file that is made from others. `make` gives the same text for the same tree, on any machine. */
export interface Generator {
  readonly file: string
  readonly make: (root: string) => Promise<string>
}
