/**
 * What setting a reminder takes; whatever else a server's own fields are is handed on.
 * @typedef {{ text: string, at?: string, rule?: string, start?: string, zone?: string, except?: string[], catchUp?: string, [more: string]: unknown }} ReminderInput
 */

/**
 * Something of a file that becomes a reminder. `identity` names it for good.
 * @typedef {{ label: string, identity: string, type: 'wanted', input: ReminderInput, notes: string[] }} WantedEntry
 */

/** Something that is over, or that cannot be a reminder. @typedef {{ label: string, identity: string, type: 'over' | 'unfit', reason: string }} OtherEntry */

/**
 * What holds for all reminders of a home.
 * @typedef {{ label: string, identity: string, type: 'settings', settings: Record<string, unknown> }} SettingsEntry
 */

/** @typedef {WantedEntry | OtherEntry | SettingsEntry} Entry */

export {}
