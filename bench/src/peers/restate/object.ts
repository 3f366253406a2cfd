export const objectName = 'stream'
export const countEntry = 'count'

const prefix = 'message-'
/** Named by how many events came before it. */
export const messageEntry = (before: number): string => `${prefix}${before}`

export const messages = `select count(*) as count from state where service_name = '${objectName}' and key like '${prefix}%'`
export const succeeded = `select count(*) as count from sys_invocation where target_service_name = '${objectName}' and completion_result = 'success'`
