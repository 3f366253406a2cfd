/** Whether an event that is to be an object of JSON surely is none: that it begins and ends as one is seen without reading it. */
export const garbled = (data: string): boolean => data !== '' && (data[0] !== '{' || data.at(-1) !== '}')
